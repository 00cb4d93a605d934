using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Containers.Tasks;

/// <summary>What a container's actor asks of its task. Sent to the tasks' front, which routes by id and makes the actor when needed.</summary>
internal abstract record TaskCommand(ContainerId Id);

/// <summary>What a task needs to know of its container: desired state only.</summary>
internal sealed record TaskSpec(ContainerId Id, Digest[] ChainIds, ContainerSpec Spec);

/// <summary>Makes everything for a run and starts it. Answered by one of <see cref="TaskStarted"/> and <see cref="TaskStartFailed"/>.</summary>
internal sealed record RunTask(ContainerId Id, int Run, TaskSpec Task) : TaskCommand(Id);

/// <summary>
/// After a restart: finds the run again. Not yet known to have started (<paramref name="Pid"/> 0): answered like RunTask. Known to
/// run: silence while it runs, <see cref="TaskExited"/> when it does not.
/// </summary>
internal sealed record AdoptTask(ContainerId Id, int Run, TaskSpec Task, int Pid, ulong PidStartTime) : TaskCommand(Id);

/// <summary>Answered by <see cref="TaskAnswered"/> with the token.</summary>
internal sealed record SignalTask(ContainerId Id, int Run, int Signal, long Token) : TaskCommand(Id);

/// <summary>Answered by <see cref="TaskAnswered"/> with the token.</summary>
internal sealed record ResizeTask(ContainerId Id, int Run, int Rows, int Columns, long Token) : TaskCommand(Id);

/// <summary>The exit is journalled: the run's resources and its exit record may go. Not answered. Idempotent.</summary>
internal sealed record ReleaseTask(ContainerId Id, int Run, TaskSpec Task) : TaskCommand(Id);

/// <summary>
/// Takes away all that the container has on the node, its living process first: a run whose exit is not journalled
/// (<paramref name="Pid"/> not 0) is reported by <see cref="TaskExited"/> and waits for <see cref="ReleaseTask"/>. Answered by
/// <see cref="TaskDeleted"/> or <see cref="TaskDeleteFailed"/>. Idempotent.
/// </summary>
internal sealed record DeleteTask(ContainerId Id, int Run, TaskSpec Task, int Pid, ulong PidStartTime) : TaskCommand(Id);

/// <summary>What a task tells the container's actor.</summary>
internal abstract record TaskReport(ContainerId Id, int Run);

internal sealed record TaskStarted(ContainerId Id, int Run, int Pid, ulong PidStartTime, EndpointInfo[] Endpoints)
    : TaskReport(Id, Run);

/// <summary>Everything that was made for the run is gone again.</summary>
internal sealed record TaskStartFailed(ContainerId Id, int Run, int ExitCode, string Error, ErrorCode Code)
    : TaskReport(Id, Run);

internal sealed record TaskExited(ContainerId Id, int Run, int ExitCode, bool OomKilled, bool Known) : TaskReport(Id, Run);

internal sealed record TaskDeleted(ContainerId Id, int Run) : TaskReport(Id, Run);

internal sealed record TaskDeleteFailed(ContainerId Id, int Run, string Error) : TaskReport(Id, Run);

/// <summary>Answer to a signal or a resize; <paramref name="Failure"/> is null when it was done.</summary>
internal sealed record TaskAnswered(ContainerId Id, int Run, long Token, CommandFailed? Failure) : TaskReport(Id, Run);

/// <summary>From a task's actor to its front: nothing of the container is in the kernel, and nothing is under way.</summary>
internal sealed record TaskFinished(ContainerId Id, long Handled);
