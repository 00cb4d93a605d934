using Troupe.Specs.Streams;

namespace Troupe.Daemon.Index;

/// <summary>The byte plane of a cluster of one: the local node's, whatever the node id says.</summary>
internal sealed class LocalNodeChannel(string nodeId, IContainerStreams streams, ILogSource logs) : INodeChannel
{
    public IContainerStreams Streams(string nodeId) => Check(nodeId, streams);

    public ILogSource Logs(string nodeId) => Check(nodeId, logs);

    private T Check<T>(string asked, T local) => asked == nodeId
        ? local
        : throw new InvalidOperationException($"node {asked} is not known here; this is {nodeId}");
}
