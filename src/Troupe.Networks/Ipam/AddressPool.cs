using System.Globalization;

namespace Troupe.Networks.Ipam;

/// <summary>A range cut into subnets of one size, from which networks get theirs.</summary>
public sealed record AddressPool
{
    /// <summary>Small by default: thousands of networks, where Docker's /16 give 31.</summary>
    public const int SizeDefault = 24;

    /// <exception cref="FormatException">A size outside the base's prefix length to 30.</exception>
    public AddressPool(Ipv4Subnet range, int size)
    {
        if (size < range.PrefixLength || size > 30)
            throw new FormatException($"invalid address pool {range}: size {size} is not from {range.PrefixLength} to 30");
        (Range, Size) = (range, size);
    }

    public Ipv4Subnet Range { get; }

    /// <summary>Prefix length of each subnet.</summary>
    public int Size { get; }

    /// <summary>172.17 to 172.31 and 192.168, in /24: 4096 networks, Docker's first ones first.</summary>
    public static IReadOnlyList<AddressPool> Defaults { get; } =
    [
        .. Enumerable.Range(17, 15).Select(second => new AddressPool(Ipv4Subnet.Parse($"172.{second}.0.0/16"), SizeDefault)),
        new(Ipv4Subnet.Parse("192.168.0.0/16"), SizeDefault),
    ];

    /// <summary>dockerd's form of <c>--default-address-pool</c>: <c>base=10.10.0.0/16,size=24</c>.</summary>
    /// <exception cref="FormatException">Another form, an unknown or a missing field.</exception>
    public static AddressPool Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Ipv4Subnet? range = null;
        int? size = null;
        foreach (var field in text.Split(','))
        {
            var parts = field.Split('=', 2, StringSplitOptions.TrimEntries);
            switch (parts)
            {
                case ["base", var value]: range = Ipv4Subnet.Parse(value); break;
                case ["size", var value] when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                    size = number;
                    break;
                default: throw new FormatException($"invalid argument \"{text}\" for --default-address-pool: unexpected \"{field}\"");
            }
        }

        if (range is null || size is null)
            throw new FormatException($"invalid argument \"{text}\" for --default-address-pool: base and size are needed");
        return new AddressPool(range.Value, size.Value);
    }

    public IEnumerable<Ipv4Subnet> Subnets()
    {
        var step = 1UL << (32 - Size);
        for (ulong network = Range.Network; network <= Range.Broadcast; network += step)
            yield return Ipv4Subnet.Of((uint)network, Size);
    }
}
