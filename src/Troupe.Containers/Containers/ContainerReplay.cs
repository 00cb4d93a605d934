using Troupe.Protocol.Containers;

namespace Troupe.Containers.Containers;

/// <summary>
/// What the journal says of a container, without its actor: the process host fills the index with it before the API is served, so that
/// lists and names are whole from the first request on. Pure; the actor corrects the view when it has looked at the kernel.
/// </summary>
public static class ContainerReplay
{
    /// <param name="snapshot">The newest snapshot as it was decoded, or null: then the events begin with the first.</param>
    /// <param name="events">What was persisted after the snapshot, in order.</param>
    /// <returns>Null when there is nothing to show: never created, or removed.</returns>
    public static ContainerView? ViewOf(object? snapshot, IEnumerable<ContainerEvent> events, string nodeId)
    {
        var state = events.Aggregate(snapshot as ContainerState, ContainerEvents.Apply);
        return state is null || state.Status == ContainerStatus.Removed ? null : ContainerViews.Of(state, nodeId);
    }
}
