using Akka.Actor;

namespace Troupe.Containers.Containers;

/// <summary>The other areas' front actors, as the containers' actors see them.</summary>
/// <param name="Scheduler">Takes ReleasePlacement; may be away: a removal does not wait for it longer than its deadline.</param>
internal sealed record ContainersNeighbours(IActorRef Images, IActorRef Networks, IActorRef Tasks, IActorRef Scheduler);
