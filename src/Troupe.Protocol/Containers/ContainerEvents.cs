using Troupe.Specs;

namespace Troupe.Protocol.Containers;

/// <summary>
/// What happened to one container: journalled, extend-only, golden bytes kept for ever. Time is in the event.
/// </summary>
public abstract record ContainerEvent(ContainerId Id, DateTimeOffset At, Cause Cause) : IWireMessage;

[Wire("ce-created")]
public sealed record ContainerCreated(
    ContainerId Id, DateTimeOffset At, Cause Cause, string Name, long Generation, Digest ImageId, Digest[] ChainIds,
    ContainerSpec Spec) : ContainerEvent(Id, At, Cause);

/// <summary>Intent: journalled before anything in the kernel is made for this run. Runs count from 1.</summary>
[Wire("ce-starting")]
public sealed record ContainerStartRequested(ContainerId Id, DateTimeOffset At, Cause Cause, int Run)
    : ContainerEvent(Id, At, Cause);

/// <summary><paramref name="PidStartTime"/>: field 22 of /proc/PID/stat, so that a reused pid is not taken for ours.</summary>
[Wire("ce-started")]
public sealed record ContainerStarted(
    ContainerId Id, DateTimeOffset At, Cause Cause, int Run, int Pid, ulong PidStartTime, EndpointInfo[] Endpoints)
    : ContainerEvent(Id, At, Cause);

/// <summary>The start came to nothing and everything made for it is gone. ExitCode 126, 127 or 128 as Docker's.</summary>
[Wire("ce-start-failed")]
public sealed record ContainerStartFailed(
    ContainerId Id, DateTimeOffset At, Cause Cause, int Run, int ExitCode, string Error, ErrorCode Code)
    : ContainerEvent(Id, At, Cause);

[Wire("ce-stopping")]
public sealed record ContainerStopRequested(
    ContainerId Id, DateTimeOffset At, Cause Cause, int Signal, int TimeoutSeconds) : ContainerEvent(Id, At, Cause);

[Wire("ce-signalled")]
public sealed record ContainerSignalled(ContainerId Id, DateTimeOffset At, Cause Cause, int Signal)
    : ContainerEvent(Id, At, Cause);

/// <summary>A client joined the streams. Changes nothing of the container.</summary>
[Wire("ce-attached")]
public sealed record ContainerAttached(ContainerId Id, DateTimeOffset At, Cause Cause) : ContainerEvent(Id, At, Cause);

/// <summary><paramref name="ExitKnown"/> is false when the shim's record is missing: code 255 is then a stand-in, never a claim.</summary>
[Wire("ce-exited")]
public sealed record ContainerExited(
    ContainerId Id, DateTimeOffset At, Cause Cause, int Run, int ExitCode, bool OomKilled, bool ExitKnown)
    : ContainerEvent(Id, At, Cause);

/// <summary>Intent of removal; from here on the container only goes forward to removed.</summary>
[Wire("ce-removing")]
public sealed record ContainerRemoveRequested(ContainerId Id, DateTimeOffset At, Cause Cause, bool Force)
    : ContainerEvent(Id, At, Cause);

/// <summary>The tombstone. Rows of the journal stay for the retention, so that <c>why</c> can answer.</summary>
[Wire("ce-removed")]
public sealed record ContainerRemoved(ContainerId Id, DateTimeOffset At, Cause Cause) : ContainerEvent(Id, At, Cause);

/// <summary>Something of the container can't be removed. It is dead: only another removal is possible.</summary>
[Wire("ce-rm-failed")]
public sealed record ContainerRemoveFailed(ContainerId Id, DateTimeOffset At, Cause Cause, string Error)
    : ContainerEvent(Id, At, Cause);
