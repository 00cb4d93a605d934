using Akka.Actor;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Containers.Containers;

/// <summary>
/// Who waits for a container's next exit or its removal. Bounded; owned by the container's actor, which watches the waiters.
/// <code>
///   condition     answered
///   not-running   at once when nothing runs, else like next-exit
///   next-exit     by the next exit, a failed start or the removal
///   removed       by the removal, or when it fails
/// </code>
/// A wait that was lost with the actor comes again with its run: what happened meanwhile is in the state.
/// </summary>
internal sealed class ContainerWaiters(ContainerId id)
{
    private readonly List<(IActorRef Who, bool ForRemoval)> _waiting = [];

    /// <summary>The run whose exit ends a wait: the one it began with, else the one under way or the next.</summary>
    public static int RunOf(WaitContainer wait, ContainerState state) =>
        wait.Run > 0 ? wait.Run : ContainerLifecycle.MayRun(state) ? state.Run : state.Run + 1;

    /// <summary>What it waits for is so already.</summary>
    public static bool IsOver(WaitContainer wait, ContainerState state) => wait.Condition switch
    {
        WaitCondition.NotRunning => !ContainerLifecycle.MayRun(state),
        WaitCondition.NextExit when wait.Run > 0 =>
            state.Run > wait.Run || (state.Run == wait.Run && !ContainerLifecycle.MayRun(state)),
        _ => false,
    };

    public int Count => _waiting.Count;

    /// <summary>False when there is no room.</summary>
    public bool Add(IActorRef who, bool forRemoval)
    {
        if (_waiting.Count >= Limits.WaitersMax) return false;
        _waiting.Add((who, forRemoval));
        return true;
    }

    public void Remove(IActorRef who) => _waiting.RemoveAll(w => w.Who.Equals(who));

    /// <summary>Answers those that wait for an exit. Returns them, so that they need not be watched any longer.</summary>
    public IReadOnlyList<IActorRef> Exited(int exitCode) => Answer(exitCode, error: null, all: false);

    /// <summary>Answers everybody.</summary>
    public IReadOnlyList<IActorRef> Removed(int exitCode, string? error) => Answer(exitCode, error, all: true);

    /// <summary>Forgets everybody and says who it was.</summary>
    public IReadOnlyList<IActorRef> Clear()
    {
        var all = _waiting.Select(w => w.Who).ToList();
        _waiting.Clear();
        return all;
    }

    private List<IActorRef> Answer(int exitCode, string? error, bool all)
    {
        var result = new ContainerWaitResult(id, exitCode, error);
        var answered = _waiting.Where(w => all || !w.ForRemoval).Select(w => w.Who).ToList();
        _waiting.RemoveAll(w => all || !w.ForRemoval);
        foreach (var who in answered) who.Tell(result);
        return answered;
    }
}
