using Akka.Actor;

namespace Troupe.Daemon.Engine;

/// <summary>The front actors of one incarnation, by what they answer.</summary>
internal sealed record FrontActors(IActorRef Daemon, IActorRef Containers, IActorRef Images, IActorRef Networks);

/// <summary>The living actor system, as the process host's ports see it.</summary>
internal sealed record LiveSystem(ActorSystem System, FrontActors Fronts);

/// <summary>Gives the current actor system, or waits for the next one.</summary>
internal interface IIncarnations
{
    LiveSystem? Current { get; }

    /// <summary>The current one, as soon as there is one. Ends with the cancellation only.</summary>
    Task<LiveSystem> WhenReadyAsync(CancellationToken cancel);
}
