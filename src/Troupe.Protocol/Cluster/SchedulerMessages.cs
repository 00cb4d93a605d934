using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Protocol.Cluster;

public abstract record SchedulerCommand(Cause Cause) : IWireMessage;

/// <summary>
/// Takes the name and chooses a node. Idempotent per container id. Answered by <see cref="ContainerPlaced"/>; AlreadyExists when the
/// name is another's (message in Docker's words), Unavailable when no node fits. An empty name: the scheduler invents one.
/// </summary>
[Wire("sc-place")]
public sealed record PlaceContainer(Cause Cause, ContainerId Container, string Name, string Image) : SchedulerCommand(Cause);

/// <param name="At">When the placement was made; the default value from a scheduler that does not say.</param>
[Wire("sr-placed")]
public sealed record ContainerPlaced(
    ContainerId Container, string Name, string NodeId, long Generation, DateTimeOffset At = default) : IWireMessage;

/// <summary>Gives name and placement back. Idempotent. Answered by CommandDone.</summary>
[Wire("sc-release")]
public sealed record ReleasePlacement(Cause Cause, ContainerId Container) : SchedulerCommand(Cause);

[Wire("sc-putref")]
public sealed record PutImageReference(Cause Cause, ImageReferenceRecord Record) : SchedulerCommand(Cause);

[Wire("sc-delref")]
public sealed record RemoveImageReference(Cause Cause, string Reference) : SchedulerCommand(Cause);

/// <summary>Answered by <see cref="ImageReferences"/>.</summary>
[Wire("sc-refs")]
public sealed record ListImageReferences(Cause Cause) : SchedulerCommand(Cause);

[Wire("sr-refs")]
public sealed record ImageReferences(ImageReferenceRecord[] Records) : IWireMessage;

/// <summary>Answered by <see cref="Placements"/>: what the node's reconciliation compares with its containers.</summary>
[Wire("sc-placements")]
public sealed record ListPlacements(Cause Cause, string NodeId) : SchedulerCommand(Cause);

[Wire("sr-placements")]
public sealed record Placements(ContainerPlaced[] Items) : IWireMessage;
