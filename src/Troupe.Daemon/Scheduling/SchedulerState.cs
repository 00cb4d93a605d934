using System.Collections.Immutable;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Daemon.Scheduling;

/// <summary>What is agreed in the cluster. Immutable; changed only by <see cref="Apply"/>.</summary>
internal sealed record SchedulerState(
    ImmutableDictionary<ContainerId, PlacementRecord> Placements,
    ImmutableDictionary<string, ContainerId> Names,
    ImmutableDictionary<string, ImageReferenceRecord> References,
    long LastGeneration)
{
    public static SchedulerState Empty { get; } = new(
        ImmutableDictionary<ContainerId, PlacementRecord>.Empty,
        ImmutableDictionary.Create<string, ContainerId>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, ImageReferenceRecord>(StringComparer.Ordinal),
        LastGeneration: 0);

    /// <summary>Total: every event that was ever journalled applies to every state.</summary>
    public SchedulerState Apply(SchedulerEvent e) => e switch
    {
        PlacementMade made => this with
        {
            Placements = Placements.SetItem(
                made.Container, new PlacementRecord(made.Container, made.Name, made.NodeId, made.Generation, made.Image, made.At)),
            Names = Names.SetItem(made.Name, made.Container),
            LastGeneration = Math.Max(LastGeneration, made.Generation),
        },
        PlacementReleased released => Placements.TryGetValue(released.Container, out var placement)
            ? this with { Placements = Placements.Remove(released.Container), Names = Names.Remove(placement.Name) }
            : this,
        ImageReferencePut put => this with { References = References.SetItem(put.Record.Reference, put.Record) },
        ImageReferenceRemoved removed => this with { References = References.Remove(removed.Reference) },
        _ => this,
    };

    public SchedulerSnapshot ToSnapshot() => new([.. Placements.Values], [.. References.Values], LastGeneration);

    public static SchedulerState From(SchedulerSnapshot snapshot) => Empty with
    {
        Placements = snapshot.Placements.ToImmutableDictionary(p => p.Container),
        Names = snapshot.Placements.ToImmutableDictionary(p => p.Name, p => p.Container, StringComparer.Ordinal),
        References = snapshot.References.ToImmutableDictionary(r => r.Reference, StringComparer.Ordinal),
        LastGeneration = snapshot.LastGeneration,
    };
}
