using System.Net;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs.Streams;

namespace Troupe.Gateway;

/// <summary>All that the gateway needs from the process host. One set per process; it outlives actor systems.</summary>
public sealed record GatewayParts(
    IEngine Engine,
    IContainerIndex Index,
    IContainerStreams Streams,
    ILogSource Logs,
    IEventSource Events,
    INodeInfo Node,
    IEntityLocator Locator,
    INodeChannel Channel,
    TimeProvider Time);

/// <summary>
/// Where the gateway listens: exactly one of the two is set. The gateway binds the unix socket and gives it mode 0660; a stale one was
/// removed by the host, which also removes it at the end. TCP is plain and on loopback only, which the host has checked.
/// </summary>
public sealed record GatewayEndpoint(string? UnixSocketPath, IPEndPoint? Tcp);
