using System.Runtime.CompilerServices;
using Akka.Actor;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Protocol.Networks;

namespace Troupe.Daemon.Engine;

/// <summary>
/// The gateway's way to the actors. Asks whichever actor system is alive; one that is being built is waited for within the request's own
/// deadline. Process host; thread-safe.
/// </summary>
internal sealed class EngineClient(IIncarnations incarnations) : IEngine
{
    private static readonly CommandFailed NoSystem = new(ErrorCode.Unavailable, "the node is starting or has left the cluster, try again");
    private static readonly CommandFailed Late = new(ErrorCode.Unavailable, "the engine did not answer in time, the outcome is not known");

    public async Task<object> AskAsync(object message, TimeSpan timeout, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(timeout);
        var asked = false;
        try
        {
            var live = await incarnations.WhenReadyAsync(deadline.Token).ConfigureAwait(false);
            if (Route(live.Fronts, message) is not { } target) return Unknown(message);
            asked = true;
            return await target.Ask<object>(message, Timeout.InfiniteTimeSpan, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return asked ? Late : NoSystem;
        }
        catch (AskTimeoutException)
        {
            return Late;
        }
        catch (OperationCanceledException)
        {
            return new CommandFailed(ErrorCode.Unavailable, "the request was given up");
        }
    }

    public async IAsyncEnumerable<object> StreamAsync(object message, [EnumeratorCancellation] CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(message);
        var live = await ReadyOrNullAsync(cancel).ConfigureAwait(false);
        if (live is null || Route(live.Fronts, message) is not { } target)
        {
            yield return live is null ? NoSystem : Unknown(message);
            yield break;
        }

        var answers = new AnswerBuffer(Limits.StreamBufferMax);
        var asker = live.System.ActorOf(AnswersActor.Props(target, message, answers));
        try
        {
            await foreach (var answer in answers.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                yield return answer;
                if (IsFinal(answer)) yield break;
            }
        }
        finally
        {
            live.System.Stop(asker);
        }
    }

    private async Task<LiveSystem?> ReadyOrNullAsync(CancellationToken cancel)
    {
        if (incarnations.Current is { } current) return current;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Limits.TimeoutIncarnation);
        try
        {
            return await incarnations.WhenReadyAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    internal static bool IsFinal(object answer) => answer is not (PullProgress or WaitRegistered);

    private static CommandFailed Unknown(object message) =>
        new(ErrorCode.Unimplemented, $"the engine does not know {message.GetType().Name}");

    /// <summary>The one table of who answers what.</summary>
    private static IActorRef? Route(FrontActors fronts, object message) => message switch
    {
        CreateContainer => fronts.Daemon,
        SchedulerCommand => fronts.Daemon,
        ContainerCommand => fronts.Containers,
        PullImage or ResolveImage or ListImages or RemoveImage => fronts.Images,
        NetworkCommand or ListNetworks => fronts.Networks,
        _ => null,
    };
}
