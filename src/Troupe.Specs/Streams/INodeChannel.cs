namespace Troupe.Specs.Streams;

/// <summary>
/// Bytes to and from another node, over node-to-node HTTPS with the node certificates. A cluster of one has no peer; the cluster
/// issue adds the HTTPS implementation behind this port, and no handler changes.
/// </summary>
public interface INodeChannel
{
    /// <summary>The containers' byte plane on the node. The local node's is the real one, a peer's a proxy.</summary>
    IContainerStreams Streams(string nodeId);

    ILogSource Logs(string nodeId);
}

/// <summary>Where an entity lives.</summary>
public readonly record struct ContainerLocation(ContainerId Id, string NodeId);

/// <summary>The one place that decides which node a request belongs to.</summary>
public interface IEntityLocator
{
    /// <summary>
    /// Resolves a full id, a name (with or without leading slash) or a unique id prefix. Returns null when nothing matches;
    /// fails with <see cref="AmbiguousIdException"/> when a prefix matches several.
    /// </summary>
    ContainerLocation? Locate(string idOrName);
}

public sealed class AmbiguousIdException(string prefix)
    : Exception($"Multiple IDs found with provided prefix: {prefix}");
