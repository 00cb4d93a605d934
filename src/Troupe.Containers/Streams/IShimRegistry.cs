using Troupe.Containers.Shims;
using Troupe.Specs;

namespace Troupe.Containers.Streams;

/// <summary>
/// What RuncActor tells the byte plane about its shim. Implemented by ContainerStreams, in the process host: attached clients hang
/// on the shim's socket, not on the actor, so they outlive an actor system.
/// </summary>
public interface IShimRegistry
{
    /// <summary>
    /// The container's process exists and has not run yet (between Create and Start), or runs already (adopted after a restart).
    /// Await it before Start: it connects every waiting client, so that none misses a byte. Bounded by a deadline; a client that can't be
    /// connected fails alone, never the start. Repeating it with the same shim is harmless.
    /// </summary>
    ValueTask ShimReadyAsync(ContainerId id, IShimConnection shim, CancellationToken cancel);

    /// <summary>
    /// The run is over, or its start failed. Attached clients read to their end; a client that comes from here on waits for the next start.
    /// </summary>
    void ShimEnded(ContainerId id);

    /// <summary>The container was removed: waiting clients end, and nothing is kept of it.</summary>
    void ContainerGone(ContainerId id);
}
