using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Protocol.Networks;

/// <summary>A network's definition: the scheduler's record, realised on every node that has a container on it.</summary>
[Wire("ndef")]
public sealed record NetworkDefinition(
    string Id, string Name, string Driver, string Subnet, string Gateway, int Mtu, Dictionary<string, string> Labels,
    Dictionary<string, string> Options, DateTimeOffset CreatedAt) : IWireMessage;

public abstract record NetworkCommand(string NetworkId, Cause Cause) : IWireMessage;

/// <summary>
/// Allocates address and names for a container's coming run, journalled before anything is made. Idempotent per container.
/// Answered by <see cref="EndpointReserved"/>; ResourceExhausted when the pool is used up. NetworkId may be the network's name.
/// </summary>
[Wire("nc-reserve")]
public sealed record ReserveEndpoint(string NetworkId, Cause Cause, ContainerId Container) : NetworkCommand(NetworkId, Cause);

/// <summary>
/// Makes the veth pair and configures the container's end inside the network namespace of <paramref name="Pid"/> (the created, not yet
/// started init). Answered by <see cref="EndpointConnected"/>.
/// </summary>
[Wire("nc-connect")]
public sealed record ConnectEndpoint(string NetworkId, Cause Cause, ContainerId Container, int Pid) : NetworkCommand(NetworkId, Cause);

/// <summary>Gives the address back. The veth goes with the namespace, in the background. Idempotent. Answered by CommandDone.</summary>
[Wire("nc-release")]
public sealed record ReleaseEndpoint(string NetworkId, Cause Cause, ContainerId Container) : NetworkCommand(NetworkId, Cause);

/// <summary>What the container's files (hosts, resolv.conf) and inspect need, known before the kernel objects exist.</summary>
/// <summary>DnsServers, DnsSearch and DnsOptions are the host's, for the container's resolv.conf where it names none of its own.</summary>
[Wire("nr-reserved")]
public sealed record EndpointReserved(
    ContainerId Container, EndpointInfo Endpoint, int Mtu, string[] DnsServers, string[]? DnsSearch = null, string[]? DnsOptions = null)
    : IWireMessage;

[Wire("nr-connected")]
public sealed record EndpointConnected(ContainerId Container, EndpointInfo Endpoint) : IWireMessage;

/// <summary>All networks of the node. Answered by <see cref="NetworkList"/>.</summary>
public sealed record ListNetworks;

public sealed record NetworkList(NetworkView[] Networks);

public sealed record NetworkView(NetworkDefinition Definition, EndpointInfo[] Endpoints);

/// <summary>Which containers run: endpoints and links of others are removed. Sent once after recovery.</summary>
public sealed record ReconcileEndpoints(ContainerId[] Running);

public abstract record NetworkEvent(string NetworkId, DateTimeOffset At, Cause Cause) : IWireMessage;

[Wire("ne-created")]
public sealed record NetworkCreated(string NetworkId, DateTimeOffset At, Cause Cause, NetworkDefinition Definition)
    : NetworkEvent(NetworkId, At, Cause);

[Wire("ne-reserved")]
public sealed record EndpointReservationMade(
    string NetworkId, DateTimeOffset At, Cause Cause, ContainerId Container, EndpointInfo Endpoint)
    : NetworkEvent(NetworkId, At, Cause);

[Wire("ne-connected")]
public sealed record EndpointWasConnected(string NetworkId, DateTimeOffset At, Cause Cause, ContainerId Container)
    : NetworkEvent(NetworkId, At, Cause);

[Wire("ne-released")]
public sealed record EndpointReleased(string NetworkId, DateTimeOffset At, Cause Cause, ContainerId Container)
    : NetworkEvent(NetworkId, At, Cause);

/// <summary>A network's state at an ordering of its journal, so that recovery need not replay every run of every container.</summary>
/// <param name="NextAddress">Where the search for a free address goes on: a dotted quad, empty at the start.</param>
/// <param name="Reservations">Reservations ever made; part of each endpoint's id.</param>
[Wire("ns-network")]
public sealed record NetworkSnapshot(
    NetworkDefinition Definition, EndpointSnapshot[] Endpoints, string NextAddress, long Reservations) : IWireMessage;

[Wire("ns-endpoint")]
public sealed record EndpointSnapshot(ContainerId Container, EndpointInfo Endpoint, bool IsConnected) : IWireMessage;
