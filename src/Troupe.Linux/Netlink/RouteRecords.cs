using System.Net;
using System.Net.NetworkInformation;

namespace Troupe.Linux.Netlink;

/// <summary>A link (network interface) as the kernel lists it. Kind is <c>bridge</c>, <c>veth</c> ..., empty for hardware.</summary>
/// <param name="MasterIndex">The bridge it is a port of; 0 when none.</param>
public sealed record LinkInfo(
    int Index, string Name, string Kind, bool IsUp, bool IsLoopback, int Mtu, int MasterIndex, PhysicalAddress Address);

/// <summary>An address on a link.</summary>
public sealed record LinkAddress(int LinkIndex, IPAddress Address, int PrefixLength);

/// <summary>A unicast route. Destination with prefix length 0 is the default route; LinkIndex 0 when it has several next hops or none.</summary>
public sealed record RouteInfo(IPAddress Destination, int PrefixLength, IPAddress? Gateway, int LinkIndex, uint Table);

/// <summary>A bridge to make: up, without spanning tree, with a fixed hardware address (else it takes its lowest port's, and changes).</summary>
/// <param name="Mtu">Bytes, 68 to 65535.</param>
public sealed record BridgeSpec(string Name, int Mtu, PhysicalAddress Address);

/// <summary>A veth pair to make in one step: this end up and a port of the master, the other born inside another namespace, still down.</summary>
/// <param name="Mtu">Bytes, 68 to 65535; both ends.</param>
/// <param name="PeerNamespace">Kept open by the caller for the call.</param>
public sealed record VethSpec(
    string Name, int MasterIndex, int Mtu, string PeerName, PhysicalAddress PeerAddress, NetworkNamespace PeerNamespace);

/// <summary>How the container's end is set up, seen from inside its namespace.</summary>
public sealed record InterfaceSpec(string Name, IPAddress Address, int PrefixLength, IPAddress Gateway);
