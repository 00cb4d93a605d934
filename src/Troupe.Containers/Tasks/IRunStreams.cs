using Troupe.Containers.Shims;
using Troupe.Specs;

namespace Troupe.Containers.Tasks;

/// <summary>
/// What the control plane tells the byte plane of a container's runs. Implemented beside IContainerStreams in the process host; called
/// by the run's RuncActor, in this order: created, (start), ended; removed once per container. Never blocks the caller.
/// </summary>
public interface IRunStreams
{
    /// <summary>
    /// The container's init exists and waits. Connects the attach clients that came before the start, so that they miss no byte;
    /// completes when they are connected. Also called when a running container is adopted after a restart. Bounded by the
    /// caller's <paramref name="cancel"/>; a client that can't be connected is dropped, it never fails the start.
    /// </summary>
    Task RunCreatedAsync(ContainerId id, IShimConnection connection, CancellationToken cancel);

    /// <summary>
    /// The run is over (its exit is journalled) and its shim is about to be deleted: waits until the attached streams have read the
    /// shim's outputs to their end, at most until <paramref name="cancel"/>.
    /// </summary>
    Task RunEndedAsync(ContainerId id, CancellationToken cancel);

    /// <summary>The container is gone: streams that still wait for a start end, log readers end.</summary>
    void Removed(ContainerId id);
}
