using Troupe.Protocol.Images;
using Troupe.Protocol.Wire;
using Troupe.Specs;

namespace Troupe.Protocol.Cluster;

/// <summary>What was agreed in the cluster: journalled by the scheduler, extend-only, golden bytes kept for ever.</summary>
public abstract record SchedulerEvent(DateTimeOffset At, Cause Cause) : IWireMessage;

/// <summary>A name and a node were given to a container. <paramref name="Generation"/> only rises in the whole cluster.</summary>
[Wire("se-placed")]
public sealed record PlacementMade(
    DateTimeOffset At, Cause Cause, ContainerId Container, string Name, string NodeId, long Generation, string Image)
    : SchedulerEvent(At, Cause);

[Wire("se-released")]
public sealed record PlacementReleased(DateTimeOffset At, Cause Cause, ContainerId Container) : SchedulerEvent(At, Cause);

[Wire("se-refput")]
public sealed record ImageReferencePut(DateTimeOffset At, Cause Cause, ImageReferenceRecord Record) : SchedulerEvent(At, Cause);

[Wire("se-refdel")]
public sealed record ImageReferenceRemoved(DateTimeOffset At, Cause Cause, string Reference) : SchedulerEvent(At, Cause);

/// <summary>A placement as the scheduler's snapshot holds it.</summary>
[Wire("splace")]
public sealed record PlacementRecord(
    ContainerId Container, string Name, string NodeId, long Generation, string Image, DateTimeOffset At) : IWireMessage;

/// <summary>The scheduler's whole state. Shortens replay; never the only copy.</summary>
[Wire("ssnap")]
public sealed record SchedulerSnapshot(
    PlacementRecord[] Placements, ImageReferenceRecord[] References, long LastGeneration) : IWireSnapshot;
