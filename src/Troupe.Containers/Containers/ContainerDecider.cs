using Troupe.Containers.Tasks;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Containers;

/// <summary>
/// What a command or a task's report means in a state. Pure: time is a parameter, ids are in the input. Every input is answered in
/// every status.
/// </summary>
internal static class ContainerDecider
{
    public const int StopTimeoutSecondsDefault = 10;

    private static readonly Cause AutoRemove = Cause.Engine("auto-remove");

    public static Decision Decide(ContainerState? state, ContainerCommand command, DateTimeOffset now)
    {
        if (command is AdmitContainer admit) return Admit(state, admit, now);
        if (state is null || state.Status == ContainerStatus.Removed)
        {
            return Decision.Reject(ErrorCode.NotFound, DockerWords.NoSuchContainer(command.Id));
        }

        if (command is AttachContainer) return Decision.Accept(new ContainerAttached(state.Id, now, command.Cause));
        if (state.Status == ContainerStatus.Starting && command is not WaitContainer) return Decision.Later;
        return command switch
        {
            StartContainer c => Start(state, c, now),
            StopContainer c => Stop(state, c, now),
            KillContainer c => Kill(state, c),
            RemoveContainer c => Remove(state, c, now),
            ResizeContainer c => Resize(state, c),
            WaitContainer => Decision.Proceed,
            _ => Decision.Reject(ErrorCode.Unimplemented, $"{command.GetType().Name} is not known to this node"),
        };
    }

    /// <summary>A report counts for the run that the state is in, and for nothing else.</summary>
    public static Decision Decide(ContainerState? state, TaskReport report, Cause cause, DateTimeOffset now)
    {
        if (state is null || state.Status == ContainerStatus.Removed || report.Run != state.Run) return Decision.Ignore;
        return report switch
        {
            TaskStarted r when state.Status == ContainerStatus.Starting => Decision.Accept(
                new ContainerStarted(state.Id, now, cause, r.Run, r.Pid, r.PidStartTime, r.Endpoints)),
            TaskStartFailed r when IsStarting(state) => Ended(
                state, new ContainerStartFailed(state.Id, now, cause, r.Run, r.ExitCode, r.Error, r.Code), now),
            TaskExited r when state.Pid != 0 => Ended(
                state, new ContainerExited(state.Id, now, cause, r.Run, r.ExitCode, r.OomKilled, r.Known), now),
            TaskDeleted when state.Status == ContainerStatus.Removing => Decision.Accept(
                new ContainerRemoved(state.Id, now, cause)),
            TaskDeleteFailed r when state.Status == ContainerStatus.Removing => Decision.Accept(
                new ContainerRemoveFailed(state.Id, now, cause, r.Error)),
            _ => Decision.Ignore,
        };
    }

    /// <summary>The signal was delivered: journalled for the event stream, it changes no state.</summary>
    public static Decision Signalled(ContainerState state, int signal, Cause cause, DateTimeOffset now) =>
        Decision.Accept(new ContainerSignalled(state.Id, now, cause, signal));

    private static bool IsStarting(ContainerState state) => state.Status == ContainerStatus.Starting;

    private static Decision Admit(ContainerState? state, AdmitContainer c, DateTimeOffset now) => state switch
    {
        null => Decision.Accept(
            new ContainerCreated(c.Id, now, c.Cause, c.Name, c.Generation, c.ImageId, c.ChainIds, c.Spec)),
        { Status: ContainerStatus.Removed } =>
            Decision.Reject(ErrorCode.Conflict, $"container {c.Id} was removed"),
        _ when c.Generation < state.Generation =>
            Decision.Reject(ErrorCode.Conflict, $"container {c.Id} was placed again: generation {c.Generation} is out of date"),
        _ when c.Generation == state.Generation => Decision.Proceed,
        _ => Decision.Reject(ErrorCode.AlreadyExists, $"container {c.Id} is already on this node"),
    };

    private static Decision Start(ContainerState state, StartContainer c, DateTimeOffset now) => state.Status switch
    {
        var s when ContainerLifecycle.CanStart(s) => Decision.Accept(
            new ContainerStartRequested(state.Id, now, c.Cause, state.Run + 1)),
        ContainerStatus.Running or ContainerStatus.Restarting =>
            Decision.Reject(ErrorCode.NotModified, $"container {state.Id} is already started"),
        ContainerStatus.Paused => Decision.Reject(ErrorCode.FailedPrecondition, DockerWords.CannotStartPaused),
        var s when ContainerLifecycle.IsLeaving(s) =>
            Decision.Reject(ErrorCode.FailedPrecondition, DockerWords.MarkedForRemoval),
        _ => Decision.Reject(ErrorCode.Unavailable, $"the state of container {state.Id} is not known"),
    };

    private static Decision Stop(ContainerState state, StopContainer c, DateTimeOffset now)
    {
        if (state.Status != ContainerStatus.Running)
        {
            return Decision.Reject(ErrorCode.NotModified, $"container {state.Id} is already stopped");
        }

        var signal = LinuxSignals.Term;
        var asked = string.IsNullOrEmpty(c.Signal) ? state.Spec.StopSignal : c.Signal;
        if (!string.IsNullOrEmpty(asked) && !LinuxSignals.TryParse(asked, out signal))
        {
            return Decision.Reject(ErrorCode.InvalidArgument, DockerWords.InvalidSignal(asked));
        }

        var timeout = c.TimeoutSeconds ?? state.Spec.StopTimeoutSeconds ?? StopTimeoutSecondsDefault;
        return Decision.Accept(new ContainerStopRequested(state.Id, now, c.Cause, signal, Math.Max(-1, timeout)));
    }

    private static Decision Kill(ContainerState state, KillContainer c)
    {
        if (c.Signal is < 1 or > 64)
        {
            return Decision.Reject(ErrorCode.InvalidArgument, DockerWords.InvalidSignal(c.Signal.ToString(
                System.Globalization.CultureInfo.InvariantCulture)));
        }

        return state.Status == ContainerStatus.Running
            ? Decision.Proceed
            : Decision.Reject(ErrorCode.FailedPrecondition, DockerWords.NotRunning(state.Id));
    }

    private static Decision Remove(ContainerState state, RemoveContainer c, DateTimeOffset now)
    {
        if (state.Status == ContainerStatus.Removing)
        {
            return Decision.Reject(ErrorCode.Conflict, DockerWords.RemovalInProgress(state.Id));
        }

        if (!c.Force && !ContainerLifecycle.CanRemove(state.Status))
        {
            return Decision.Reject(
                ErrorCode.FailedPrecondition, DockerWords.CannotRemoveRunning(state.Name, state.Status));
        }

        return Decision.Accept(new ContainerRemoveRequested(state.Id, now, c.Cause, c.Force));
    }

    private static Decision Resize(ContainerState state, ResizeContainer c)
    {
        if (c.Rows is < 0 or > ushort.MaxValue || c.Columns is < 0 or > ushort.MaxValue)
        {
            return Decision.Reject(ErrorCode.InvalidArgument, $"invalid terminal size {c.Rows}x{c.Columns}");
        }

        if (state.Status != ContainerStatus.Running)
        {
            return Decision.Reject(ErrorCode.FailedPrecondition, DockerWords.NotRunning(state.Id));
        }

        return state.Spec.Tty
            ? Decision.Proceed
            : Decision.Reject(ErrorCode.FailedPrecondition, $"container {state.Id} has no terminal");
    }

    /// <summary>The end of a run; with --rm the removal is part of the same write, so that no crash can come between.</summary>
    private static Decision Ended(ContainerState state, ContainerEvent end, DateTimeOffset now) =>
        state.Spec.Host.AutoRemove && !ContainerLifecycle.IsLeaving(state.Status)
            ? Decision.Accept(end, new ContainerRemoveRequested(state.Id, now, AutoRemove, Force: false))
            : Decision.Accept(end);
}
