using Troupe.Containers.Shims;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Shim;

namespace Troupe.Containers.Runc;

/// <summary>
/// What a task asks of the actor that owns its shim. The order of a run:
/// <code>
///   task                      runc                        shim
///    |--CreateShim------------>|--spawn, connect, create-->|   init cloned, waits
///    |&lt;-ShimCreated(pid)------|                           |
///    |--StartShim------------->|--attach clients, start--->|   init execs
///    |&lt;-ShimStarted-----------|                           |
///    |&lt;-ShimExited(record)----|&lt;-exit notice-------------|   exit.json is written
///    |--DestroyShim----------->|--delete, clean----------->x
///    |&lt;-ShimDestroyed---------|
/// </code>
/// Every command but a signal is answered by the report named on it or by <see cref="ShimFailed"/>, within its deadline.
/// </summary>
internal abstract record RuncCommand(ContainerId Id);

/// <summary>Answered by <see cref="ShimCreated"/>.</summary>
internal sealed record CreateShim(ContainerId Id, ShimConfig Config) : RuncCommand(Id);

/// <summary>Answered by <see cref="ShimStarted"/>.</summary>
internal sealed record StartShim(ContainerId Id) : RuncCommand(Id);

/// <summary>Finds a shim of a former trouped again. Answered by <see cref="ShimFound"/> or <see cref="ShimMissing"/>.</summary>
internal sealed record ConnectShim(ContainerId Id, string RunDirectory) : RuncCommand(Id);

/// <summary>Answered by <see cref="ShimAnswered"/>.</summary>
internal sealed record SignalShim(ContainerId Id, int Signal, long Token) : RuncCommand(Id);

/// <summary>Answered by <see cref="ShimAnswered"/>.</summary>
internal sealed record ResizeShim(ContainerId Id, int Rows, int Columns, long Token) : RuncCommand(Id);

/// <summary>Ends what lives and removes everything of the run. Answered by <see cref="ShimDestroyed"/>. Idempotent.</summary>
internal sealed record DestroyShim(ContainerId Id, string RunDirectory) : RuncCommand(Id);

internal abstract record RuncReport(ContainerId Id);

internal sealed record ShimCreated(ContainerId Id, int Pid, ulong PidStartTime) : RuncReport(Id);

internal sealed record ShimStarted(ContainerId Id) : RuncReport(Id);

internal sealed record ShimFound(ContainerId Id, ShimState State) : RuncReport(Id);

/// <summary>No shim lives; <paramref name="Exit"/> is the record that it left, if any.</summary>
internal sealed record ShimMissing(ContainerId Id, ShimExitRecord? Exit) : RuncReport(Id);

internal sealed record ShimAnswered(ContainerId Id, long Token, CommandFailed? Failure) : RuncReport(Id);

/// <summary>Unasked: the first process ended.</summary>
internal sealed record ShimExited(ContainerId Id, ShimExitRecord Exit) : RuncReport(Id);

/// <summary>Unasked: the shim vanished without an exit record. What was left of it is gone.</summary>
internal sealed record ShimLost(ContainerId Id, string Reason) : RuncReport(Id);

/// <summary><paramref name="Exit"/>: the record that lay there before it was removed.</summary>
internal sealed record ShimDestroyed(ContainerId Id, ShimExitRecord? Exit) : RuncReport(Id);

internal enum ShimStep
{
    Create = 0,
    Start = 1,
    Connect = 2,
    Destroy = 3,
}

/// <summary>A step came to nothing. <paramref name="Errno"/> is 0 when there is none.</summary>
internal sealed record ShimFailed(ContainerId Id, ShimStep Step, string Message, int Errno) : RuncReport(Id);

/// <summary>From the front: the actor ended unexpectedly.</summary>
internal sealed record RuncLost(ContainerId Id);

/// <summary>From the actor to its front: nothing is left to do.</summary>
internal sealed record RuncFinished(ContainerId Id, long Handled);
