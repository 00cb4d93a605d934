using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;

namespace Troupe.Linux.Netlink;

/// <summary>Payloads of rtnetlink messages to records. Pure and total: null for what is too short or of another kind.</summary>
internal static class RouteDecoder
{
    public static LinkInfo? Link(in NetlinkMessage message)
    {
        var payload = message.Payload;
        if (message.Type != Rtm.NewLink || payload.Length < 16) return null;
        var index = BinaryPrimitives.ReadInt32LittleEndian(payload[4..]);
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]);
        string name = "", kind = "";
        int mtu = 0, master = 0;
        var address = PhysicalAddress.None;
        var attributes = new NetlinkAttributes(payload[16..]);
        while (attributes.TryRead(out var attribute))
        {
            switch (attribute.Type)
            {
                case Ifla.Ifname: name = attribute.Text(); break;
                case Ifla.Mtu: attribute.TryInt32(out mtu); break;
                case Ifla.Master: attribute.TryInt32(out master); break;
                case Ifla.Address: address = new PhysicalAddress(attribute.Value.ToArray()); break;
                case Ifla.LinkInfo: kind = Kind(attribute.Value); break;
            }
        }

        return new LinkInfo(index, name, kind, (flags & Iff.Up) != 0, (flags & Iff.Loopback) != 0, mtu, master, address);
    }

    public static LinkAddress? Address(in NetlinkMessage message)
    {
        var payload = message.Payload;
        if (message.Type != Rtm.NewAddr || payload.Length < 8) return null;
        IPAddress? address = null, local = null;
        var attributes = new NetlinkAttributes(payload[8..]);
        while (attributes.TryRead(out var attribute))
        {
            if (attribute.Type == Ifa.Address) address = Parse(payload[0], attribute.Value);
            if (attribute.Type == Ifa.Local) local = Parse(payload[0], attribute.Value);
        }

        // On a point-to-point link IFA_ADDRESS is the far end's.
        var own = local ?? address;
        return own is null ? null : new LinkAddress(BinaryPrimitives.ReadInt32LittleEndian(payload[4..]), own, payload[1]);
    }

    public static RouteInfo? Route(in NetlinkMessage message)
    {
        var payload = message.Payload;
        if (message.Type != Rtm.NewRoute || payload.Length < 12 || payload[7] != Rta.TypeUnicast) return null;
        IPAddress? destination = null, gateway = null;
        var link = 0;
        uint table = payload[4];
        var attributes = new NetlinkAttributes(payload[12..]);
        while (attributes.TryRead(out var attribute))
        {
            switch (attribute.Type)
            {
                case Rta.Destination: destination = Parse(payload[0], attribute.Value); break;
                case Rta.Gateway: gateway = Parse(payload[0], attribute.Value); break;
                case Rta.OutputInterface: attribute.TryInt32(out link); break;
                case Rta.Table: attribute.TryUInt32(out table); break;
            }
        }

        destination ??= payload[0] switch { Af.Inet => IPAddress.Any, Af.Inet6 => IPAddress.IPv6Any, _ => null };
        return destination is null ? null : new RouteInfo(destination, payload[1], gateway, link, table);
    }

    private static string Kind(ReadOnlySpan<byte> linkInfo)
    {
        var attributes = new NetlinkAttributes(linkInfo);
        while (attributes.TryRead(out var attribute))
            if (attribute.Type == Ifla.InfoKind)
                return attribute.Text();
        return "";
    }

    private static IPAddress? Parse(byte family, ReadOnlySpan<byte> bytes) => (family, bytes.Length) switch
    {
        (Af.Inet, 4) or (Af.Inet6, 16) => new IPAddress(bytes),
        _ => null,
    };
}
