using Akka.Actor;

namespace Troupe.Images.Layers;

/// <summary>
/// Cancels when it is stopped. An actor's own PostStop runs only when its children have ended, so children that block on the parent's token
/// would keep the node from stopping; this one ends beside them, at once.
/// </summary>
internal sealed class CancelOnStopActor(CancellationTokenSource source) : UntypedActor
{
    public static Props Props(CancellationTokenSource source) => Akka.Actor.Props.Create(() => new CancelOnStopActor(source));

    protected override void PostStop() => source.Cancel();

    protected override void OnReceive(object message) => Unhandled(message);
}
