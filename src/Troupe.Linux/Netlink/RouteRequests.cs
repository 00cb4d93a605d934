using System.Net;
using System.Net.Sockets;

namespace Troupe.Linux.Netlink;

/// <summary>Builds rtnetlink requests. Pure: bytes in, bytes out, so that golden tests hold every one of them.</summary>
internal static class RouteRequests
{
    private const ushort Change = NlmFlags.Request | NlmFlags.Ack;
    private const ushort CreateNew = Change | NlmFlags.Create | NlmFlags.Exclusive;

    public static void CreateBridge(ref NetlinkWriter writer, uint sequence, BridgeSpec bridge)
    {
        writer.BeginMessage(Rtm.NewLink, CreateNew, sequence);
        writer.LinkHeader(Af.Unspecified, index: 0, flags: 0, change: 0);
        writer.Attribute(Ifla.Ifname, bridge.Name);
        writer.Attribute(Ifla.Mtu, (uint)bridge.Mtu);
        writer.Attribute(Ifla.Address, bridge.Address.GetAddressBytes());
        var info = writer.BeginNested(Ifla.LinkInfo);
        writer.Attribute(Ifla.InfoKind, "bridge");
        writer.EndNested(info);
        writer.EndMessage();
    }

    public static void CreateVeth(ref NetlinkWriter writer, uint sequence, VethSpec veth)
    {
        writer.BeginMessage(Rtm.NewLink, CreateNew, sequence);
        writer.LinkHeader(Af.Unspecified, index: 0, flags: 0, change: 0);
        writer.Attribute(Ifla.Ifname, veth.Name);
        writer.Attribute(Ifla.Mtu, (uint)veth.Mtu);
        writer.Attribute(Ifla.Master, (uint)veth.MasterIndex);
        var info = writer.BeginNested(Ifla.LinkInfo);
        writer.Attribute(Ifla.InfoKind, "veth");
        var data = writer.BeginNested(Ifla.InfoData);
        var peer = writer.BeginNested(Ifla.VethInfoPeer);
        writer.LinkHeader(Af.Unspecified, index: 0, flags: 0, change: 0);
        writer.Attribute(Ifla.Ifname, veth.PeerName);
        writer.Attribute(Ifla.Mtu, (uint)veth.Mtu);
        writer.Attribute(Ifla.Address, veth.PeerAddress.GetAddressBytes());
        writer.Attribute(Ifla.NetNsFd, (uint)veth.PeerNamespace.Handle.Number);
        writer.EndNested(peer);
        writer.EndNested(data);
        writer.EndNested(info);
        writer.EndMessage();
    }

    public static void DeleteLink(ref NetlinkWriter writer, uint sequence, string name)
    {
        writer.BeginMessage(Rtm.DelLink, Change, sequence);
        writer.LinkHeader(Af.Unspecified, index: 0, flags: 0, change: 0);
        writer.Attribute(Ifla.Ifname, name);
        writer.EndMessage();
    }

    public static void GetLink(ref NetlinkWriter writer, uint sequence, string name)
    {
        writer.BeginMessage(Rtm.GetLink, Change, sequence);
        writer.LinkHeader(Af.Unspecified, index: 0, flags: 0, change: 0);
        writer.Attribute(Ifla.Ifname, name);
        writer.EndMessage();
    }

    public static void SetUp(ref NetlinkWriter writer, uint sequence, string name)
    {
        writer.BeginMessage(Rtm.NewLink, Change, sequence);
        writer.LinkHeader(Af.Unspecified, index: 0, Iff.Up, Iff.Up);
        writer.Attribute(Ifla.Ifname, name);
        writer.EndMessage();
    }

    /// <summary>Sets a number of a link by name: <see cref="Ifla.Mtu"/> or <see cref="Ifla.Master"/>.</summary>
    public static void SetNumber(ref NetlinkWriter writer, uint sequence, string name, ushort attribute, uint value)
    {
        writer.BeginMessage(Rtm.NewLink, Change, sequence);
        writer.LinkHeader(Af.Unspecified, index: 0, flags: 0, change: 0);
        writer.Attribute(Ifla.Ifname, name);
        writer.Attribute(attribute, value);
        writer.EndMessage();
    }

    public static void SetHardwareAddress(ref NetlinkWriter writer, uint sequence, string name, ReadOnlySpan<byte> address)
    {
        writer.BeginMessage(Rtm.NewLink, Change, sequence);
        writer.LinkHeader(Af.Unspecified, index: 0, flags: 0, change: 0);
        writer.Attribute(Ifla.Ifname, name);
        writer.Attribute(Ifla.Address, address);
        writer.EndMessage();
    }

    /// <summary>The link must be down. By index, since IFLA_IFNAME carries the new name.</summary>
    public static void Rename(ref NetlinkWriter writer, uint sequence, int index, string name)
    {
        writer.BeginMessage(Rtm.NewLink, Change, sequence);
        writer.LinkHeader(Af.Unspecified, index, flags: 0, change: 0);
        writer.Attribute(Ifla.Ifname, name);
        writer.EndMessage();
    }

    /// <summary>
    /// Keeps the kernel from giving the link an IPv6 link-local address: a network without IPv6 shall have none at all. Sent while the
    /// link is down. Fails EAFNOSUPPORT on a kernel without IPv6, which is as good.
    /// </summary>
    public static void NoLinkLocal(ref NetlinkWriter writer, uint sequence, string name)
    {
        writer.BeginMessage(Rtm.SetLink, Change, sequence);
        writer.LinkHeader(Af.Unspecified, index: 0, flags: 0, change: 0);
        writer.Attribute(Ifla.Ifname, name);
        var families = writer.BeginNested(Ifla.AfSpec);
        var inet6 = writer.BeginNested(Af.Inet6);
        writer.Attribute(Ifla.Inet6AddrGenMode, [Ifla.AddrGenModeNone]);
        writer.EndNested(inet6);
        writer.EndNested(families);
        writer.EndMessage();
    }

    /// <summary><paramref name="type"/>: RTM_NEWADDR or RTM_DELADDR.</summary>
    public static void Address(ref NetlinkWriter writer, uint sequence, ushort type, int link, IPAddress address, int prefixLength)
    {
        writer.BeginMessage(type, type == Rtm.NewAddr ? CreateNew : Change, sequence);
        writer.AddressHeader(FamilyOf(address), (byte)prefixLength, Rta.ScopeUniverse, link);
        var bytes = address.GetAddressBytes();
        writer.Attribute(Ifa.Local, bytes);
        writer.Attribute(Ifa.Address, bytes);
        if (bytes.Length == 4 && type == Rtm.NewAddr && prefixLength < 31)
            writer.Attribute(Ifa.Broadcast, Broadcast(bytes, prefixLength));
        writer.EndMessage();
    }

    /// <summary><paramref name="type"/>: RTM_NEWROUTE or RTM_DELROUTE, in the main table.</summary>
    public static void Route(
        ref NetlinkWriter writer, uint sequence, ushort type, IPAddress destination, int prefixLength, IPAddress? gateway, int link)
    {
        writer.BeginMessage(type, type == Rtm.NewRoute ? CreateNew : Change, sequence);
        var scope = gateway is null ? Rta.ScopeLink : Rta.ScopeUniverse;
        writer.RouteHeader(
            FamilyOf(destination), (byte)prefixLength, Rta.TableMain, Rta.ProtocolBoot, scope, Rta.TypeUnicast);
        if (prefixLength > 0) writer.Attribute(Rta.Destination, destination.GetAddressBytes());
        if (gateway is not null) writer.Attribute(Rta.Gateway, gateway.GetAddressBytes());
        if (link != 0) writer.Attribute(Rta.OutputInterface, (uint)link);
        writer.EndMessage();
    }

    public static void DumpLinks(ref NetlinkWriter writer, uint sequence)
    {
        writer.BeginMessage(Rtm.GetLink, NlmFlags.Request | NlmFlags.Dump, sequence);
        writer.LinkHeader(Af.Unspecified, index: 0, flags: 0, change: 0);
        writer.EndMessage();
    }

    public static void DumpAddresses(ref NetlinkWriter writer, uint sequence, byte family)
    {
        writer.BeginMessage(Rtm.GetAddr, NlmFlags.Request | NlmFlags.Dump, sequence);
        writer.AddressHeader(family, 0, 0, 0);
        writer.EndMessage();
    }

    public static void DumpRoutes(ref NetlinkWriter writer, uint sequence, byte family)
    {
        writer.BeginMessage(Rtm.GetRoute, NlmFlags.Request | NlmFlags.Dump, sequence);
        writer.RouteHeader(family, 0, 0, 0, 0, 0);
        writer.EndMessage();
    }

    private static byte FamilyOf(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? Af.Inet : Af.Inet6;

    private static byte[] Broadcast(byte[] address, int prefixLength)
    {
        var result = (byte[])address.Clone();
        for (var bit = prefixLength; bit < 32; bit++) result[bit / 8] |= (byte)(0x80 >> (bit % 8));
        return result;
    }
}
