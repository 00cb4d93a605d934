using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Specs;

namespace Troupe.Daemon.Scheduling;

/// <summary>What follows from a command: at most one event, and the reply for after it is persisted.</summary>
internal sealed record SchedulerDecision(SchedulerEvent? Event, object Reply);

/// <summary>Everything outside the state that a decision needs, drawn by the shell beforehand.</summary>
/// <param name="NodeId">The node that a new container goes to.</param>
/// <param name="InventedName">A free name, for a container that was given none.</param>
internal sealed record SchedulerInputs(DateTimeOffset Now, string NodeId, string InventedName);

/// <summary>Pure: the same state, command and inputs always give the same decision.</summary>
internal static class SchedulerDecider
{
    public static SchedulerDecision Decide(SchedulerState state, SchedulerCommand command, SchedulerInputs inputs) => command switch
    {
        PlaceContainer place => Place(state, place, inputs),
        ReleasePlacement release => new SchedulerDecision(
            state.Placements.ContainsKey(release.Container)
                ? new PlacementReleased(inputs.Now, release.Cause, release.Container)
                : null,
            CommandDone.Instance),
        PutImageReference put => new SchedulerDecision(
            state.References.TryGetValue(put.Record.Reference, out var known) && known == put.Record
                ? null
                : new ImageReferencePut(inputs.Now, put.Cause, put.Record),
            CommandDone.Instance),
        RemoveImageReference remove => new SchedulerDecision(
            state.References.ContainsKey(remove.Reference)
                ? new ImageReferenceRemoved(inputs.Now, remove.Cause, remove.Reference)
                : null,
            CommandDone.Instance),
        ListImageReferences => new SchedulerDecision(null, new ImageReferences([.. state.References.Values])),
        ListPlacements list => new SchedulerDecision(
            null, new Placements([.. state.Placements.Values.Where(p => p.NodeId == list.NodeId).Select(Placed)])),
        _ => new SchedulerDecision(
            null, new CommandFailed(ErrorCode.Unimplemented, $"the scheduler does not know {command.GetType().Name}")),
    };

    private static SchedulerDecision Place(SchedulerState state, PlaceContainer place, SchedulerInputs inputs)
    {
        var name = place.Name.StartsWith('/') ? place.Name[1..] : place.Name;
        if (state.Placements.TryGetValue(place.Container, out var own)) return Again(own, name);
        if (name.Length == 0) name = inputs.InventedName;
        if (!IsName(name)) return new SchedulerDecision(null, BadName(name));
        if (state.Names.TryGetValue(name, out var holder)) return new SchedulerDecision(null, Taken(name, holder));
        var made = new PlacementMade(
            inputs.Now, place.Cause, place.Container, name, inputs.NodeId, state.LastGeneration + 1, place.Image);
        return new SchedulerDecision(made, new ContainerPlaced(place.Container, name, made.NodeId, made.Generation, made.At));
    }

    /// <summary>A repeated question gets the first answer, unless it asks for another name.</summary>
    private static SchedulerDecision Again(PlacementRecord own, string name) => new(
        null,
        name.Length == 0 || name == own.Name
            ? Placed(own)
            : new CommandFailed(ErrorCode.Conflict, $"container {own.Container} is already placed as \"/{own.Name}\""));

    private static ContainerPlaced Placed(PlacementRecord p) => new(p.Container, p.Name, p.NodeId, p.Generation, p.At);

    /// <summary>Docker's grammar of names: <c>[a-zA-Z0-9][a-zA-Z0-9_.-]+</c>.</summary>
    private static bool IsName(string name) =>
        name.Length is > 1 and <= Limits.NameLengthMax
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static CommandFailed BadName(string name) => new(
        ErrorCode.InvalidArgument, $"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");

    private static CommandFailed Taken(string name, ContainerId holder) => new(
        ErrorCode.AlreadyExists,
        $"Conflict. The container name \"/{name}\" is already in use by container \"{holder}\". "
        + "You have to remove (or rename) that container to be able to reuse that name.");
}
