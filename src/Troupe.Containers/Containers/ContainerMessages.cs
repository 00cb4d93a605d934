using Troupe.Specs;

namespace Troupe.Containers.Containers;

/// <summary>From a container's actor to the front: it has recovered and takes commands.</summary>
/// <param name="MayRun">A process of it may live: its endpoint is in use.</param>
internal sealed record ContainerRecovered(ContainerId Id, bool MayRun);

/// <summary>From a container's actor that is about to end: its journal could not be read.</summary>
/// <param name="Permanent">A row can't be decoded: trying again does not help.</param>
internal sealed record ContainerRecoveryFailed(ContainerId Id, bool Permanent, string Reason);

/// <summary>From a container's actor that is about to end: its journal could not be written. Commands wait for its successor.</summary>
internal sealed record ContainerEnding(ContainerId Id, string Reason);

/// <summary>The container does not exist (any more): the front forgets it and ends its actor.</summary>
internal sealed record ContainerGone(ContainerId Id);

/// <summary>From the tasks' front: the container's task actor ended unexpectedly. The container reconciles, after a pause.</summary>
internal sealed record TaskLost(ContainerId Id);
