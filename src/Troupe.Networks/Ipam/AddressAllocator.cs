namespace Troupe.Networks.Ipam;

/// <summary>
/// Addresses within a subnet. Pure. It goes round: a freed address is given again only after all others had their turn, since its last
/// owner's veth goes in the background and neighbours remember its hardware address.
/// </summary>
public static class AddressAllocator
{
    /// <summary>
    /// The first free host address at or after <paramref name="next"/>, round the end; null when every one is used or the gateway.
    /// </summary>
    public static uint? Allocate(Ipv4Subnet subnet, uint gateway, uint next, IReadOnlySet<uint> used)
    {
        ArgumentNullException.ThrowIfNull(used);
        var count = (ulong)subnet.LastHost - subnet.FirstHost + 1;
        var start = next >= subnet.FirstHost && next <= subnet.LastHost ? next - subnet.FirstHost : 0UL;
        for (var step = 0UL; step < count; step++)
        {
            var candidate = (uint)(subnet.FirstHost + ((start + step) % count));
            if (candidate != gateway && !used.Contains(candidate)) return candidate;
        }

        return null;
    }

    /// <summary>The hardware address of an IPv4 address as Docker derives it: 02:42 and the four bytes.</summary>
    public static string HardwareAddress(uint address) =>
        $"02:42:{address >> 24:x2}:{(address >> 16) & 0xff:x2}:{(address >> 8) & 0xff:x2}:{address & 0xff:x2}";
}
