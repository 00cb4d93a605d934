using Troupe.Protocol.Wire;
using Troupe.Specs;

namespace Troupe.Protocol.Containers;

/// <summary>
/// All that a container's events add up to; also what its snapshots hold, so slots are appended and never moved. Changed only by
/// <c>ContainerEvents.Apply</c> in Troupe.Containers.
/// </summary>
/// <param name="Run">Runs requested so far, from 1; 0 before the first start.</param>
/// <param name="Pid">Of the current run's first process; 0 when there is none that is known to live.</param>
/// <param name="PidStartTime">Field 22 of /proc/PID/stat.</param>
/// <param name="StartedAt">Of the last run that did start.</param>
/// <param name="ExitKnown">False when the last exit code is a stand-in.</param>
/// <param name="StopSignal">Signal of a stop that is under way; 0: none.</param>
/// <param name="StopAt">When that stop was requested.</param>
/// <param name="StopTimeoutSeconds">Its time until SIGKILL; -1: never.</param>
[Wire("cstate")]
public sealed record ContainerState(
    ContainerId Id,
    string Name,
    long Generation,
    Digest ImageId,
    Digest[] ChainIds,
    ContainerSpec Spec,
    ContainerStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    int Run,
    int Pid,
    ulong PidStartTime,
    int ExitCode,
    bool ExitKnown,
    bool OomKilled,
    string Error,
    EndpointInfo[] Endpoints,
    int StopSignal,
    DateTimeOffset? StopAt,
    int StopTimeoutSeconds) : IWireSnapshot;
