using Akka.Actor;
using Troupe.Containers.Containers;
using Troupe.Containers.Runc;
using Troupe.Containers.Shims;
using Troupe.Containers.Streams;
using Troupe.Containers.Tasks;
using Troupe.Protocol.Containers;

namespace Troupe.Containers;

/// <summary>
/// What the actors of this project need from the process host, and how they are made. One set per node; it outlives actor systems.
/// The daemon makes the fronts in this order:
/// <code>
///   runcs      = system.ActorOf(parts.Runcs(), "runc")                                          /user/runc
///   tasks      = containerd's child: parts.Tasks(images, networks, runcs), "tasks"              /user/containerd/tasks
///   containers = daemon's child: parts.Containers(images, networks, tasks, scheduler), "containers"  /user/daemon/containers
/// </code>
/// ContainerCommands (AdmitContainer instead of CreateContainer) go to <c>containers</c>, which also sends ReconcileSnapshots and
/// ReconcileEndpoints once all containers have recovered, and ReleasePlacement to the scheduler when one was removed.
/// </summary>
public sealed record ContainersParts(
    ContainersSettings Settings,
    TimeProvider Time,
    IShimLauncher Shims,
    IShimRegistry Streams,
    IContainerIndexWriter Index,
    IContainerCatalog Catalog)
{
    public Props Runcs() => RuncsActor.Props(this);

    public Props Tasks(IActorRef images, IActorRef networks, IActorRef runcs) => TasksActor.Props(this, images, networks, runcs);

    public Props Containers(IActorRef images, IActorRef networks, IActorRef tasks, IActorRef scheduler) =>
        ContainersActor.Props(this, new ContainersNeighbours(images, networks, tasks, scheduler));
}
