using Troupe.Protocol.Containers;

namespace Troupe.Containers.Containers;

/// <summary>
/// State after event. Total: every event applies to every state without a clock, I/O, randomness or an exception, because a journal that
/// was once written must be readable for ever. An event that a later version wrote and this one doesn't know changes nothing.
/// </summary>
internal static class ContainerEvents
{
    public static ContainerState? Apply(ContainerState? state, ContainerEvent happened) => happened switch
    {
        ContainerCreated e => Created(e),
        _ when state is null => null,
        ContainerStartRequested e => state with { Status = ContainerStatus.Starting, Run = e.Run, Error = "" },
        ContainerStarted e => Started(state, e),
        ContainerStartFailed e => StartFailed(state, e),
        ContainerStopRequested e => state with
        {
            StopSignal = e.Signal, StopAt = e.At, StopTimeoutSeconds = e.TimeoutSeconds,
        },
        ContainerExited e => Exited(state, e),
        ContainerRemoveRequested => state with { Status = ContainerStatus.Removing, Error = "" },
        ContainerRemoveFailed e => state with { Status = ContainerStatus.Dead, Error = e.Error },
        ContainerRemoved => state with { Status = ContainerStatus.Removed, Pid = 0, Endpoints = [] },
        _ => state,
    };

    private static ContainerState Created(ContainerCreated e) => new(
        e.Id, e.Name, e.Generation, e.ImageId, e.ChainIds, e.Spec, ContainerStatus.Created, e.At, StartedAt: null,
        FinishedAt: null, Run: 0, Pid: 0, PidStartTime: 0, ExitCode: 0, ExitKnown: true, OomKilled: false, Error: "", Endpoints: [],
        StopSignal: 0, StopAt: null, StopTimeoutSeconds: 0);

    private static ContainerState Started(ContainerState state, ContainerStarted e) => state with
    {
        Status = state.Status == ContainerStatus.Removing ? ContainerStatus.Removing : ContainerStatus.Running,
        StartedAt = e.At, Pid = e.Pid, PidStartTime = e.PidStartTime, Endpoints = e.Endpoints,
        ExitCode = 0, ExitKnown = true, OomKilled = false, Error = "",
    };

    /// <summary>As in Docker: a container that never ran is "created" again, one that did is "exited", both with the start's exit code.</summary>
    private static ContainerState StartFailed(ContainerState state, ContainerStartFailed e) => Ended(state) with
    {
        Status = Settled(state, state.StartedAt is null ? ContainerStatus.Created : ContainerStatus.Exited),
        ExitCode = e.ExitCode, ExitKnown = true, OomKilled = false, Error = e.Error,
    };

    private static ContainerState Exited(ContainerState state, ContainerExited e) => Ended(state) with
    {
        Status = Settled(state, ContainerStatus.Exited),
        FinishedAt = e.At, ExitCode = e.ExitCode, ExitKnown = e.ExitKnown, OomKilled = e.OomKilled,
        Error = e.ExitKnown ? "" : DockerWords.ExitUnknown,
    };

    /// <summary>A removal under way goes on: an exit in between does not bring the container back.</summary>
    private static ContainerStatus Settled(ContainerState state, ContainerStatus otherwise) =>
        state.Status is ContainerStatus.Removing or ContainerStatus.Dead or ContainerStatus.Removed ? state.Status : otherwise;

    private static ContainerState Ended(ContainerState state) => state with
    {
        Pid = 0, PidStartTime = 0, Endpoints = [], StopSignal = 0, StopAt = null, StopTimeoutSeconds = 0,
    };
}
