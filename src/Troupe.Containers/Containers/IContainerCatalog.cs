using Troupe.Specs;

namespace Troupe.Containers.Containers;

/// <summary>
/// Which containers the node's journal knows. Implemented in the daemon by one query of the journal's database: the persistence ids
/// "container-{64 hex}" that have no row with the manifest of the tombstone (ce-removed). One source of truth: there is no
/// second list that could differ from the journal.
/// </summary>
public interface IContainerCatalog
{
    /// <summary>
    /// Ids in no particular order; a removed container's id does no harm (its actor recovers and ends). Fails with any exception when the
    /// journal can't be read; it is asked again with backoff.
    /// </summary>
    Task<IReadOnlyList<ContainerId>> ListAsync(CancellationToken cancel);
}
