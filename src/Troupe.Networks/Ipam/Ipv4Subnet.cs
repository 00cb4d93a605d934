using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Troupe.Networks.Ipam;

/// <summary>An IPv4 subnet in CIDR form: host bits are zero. The default value is 0.0.0.0/0.</summary>
public readonly record struct Ipv4Subnet
{
    private Ipv4Subnet(uint network, int prefixLength) => (Network, PrefixLength) = (network, prefixLength);

    /// <summary>The first address, as a number in host order.</summary>
    public uint Network { get; }

    /// <summary>0 to 32.</summary>
    public int PrefixLength { get; }

    /// <summary>The last address.</summary>
    public uint Broadcast => Network | ~MaskOf(PrefixLength);

    /// <summary>The lowest address that a host may have; in a /31 and /32 every address is a host's (RFC 3021).</summary>
    public uint FirstHost => PrefixLength >= 31 ? Network : Network + 1;

    public uint LastHost => PrefixLength >= 31 ? Broadcast : Broadcast - 1;

    /// <summary>The subnet that holds the address: its host bits are cut off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The prefix length is not 0 to 32.</exception>
    public static Ipv4Subnet Of(uint address, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, 32);
        return new Ipv4Subnet(address & MaskOf(prefixLength), prefixLength);
    }

    /// <exception cref="FormatException">Not <c>a.b.c.d/n</c> with zero host bits.</exception>
    public static Ipv4Subnet Parse(string text)
    {
        var place = Ipv4Interface.Parse(text);
        return place.Subnet.Network == place.Address
            ? place.Subnet
            : throw new FormatException($"invalid subnet \"{text}\": it has host bits; {place.Subnet} is meant");
    }

    public bool Contains(uint address) => (address & MaskOf(PrefixLength)) == Network;

    public bool Overlaps(Ipv4Subnet other) => Contains(other.Network) || other.Contains(Network);

    public override string ToString() => $"{Ipv4.Format(Network)}/{PrefixLength.ToString(CultureInfo.InvariantCulture)}";

    private static uint MaskOf(int prefixLength) => prefixLength == 0 ? 0 : uint.MaxValue << (32 - prefixLength);
}

/// <summary>An address with the prefix length of its subnet, as <c>--bip</c> gives it.</summary>
public readonly record struct Ipv4Interface(uint Address, int PrefixLength)
{
    public Ipv4Subnet Subnet => Ipv4Subnet.Of(Address, PrefixLength);

    /// <exception cref="FormatException">Not <c>a.b.c.d/n</c>, n from 0 to 32.</exception>
    public static Ipv4Interface Parse(string text) =>
        TryParse(text, out var result) ? result : throw new FormatException($"invalid CIDR address: {text}");

    public static bool TryParse([NotNullWhen(true)] string? text, out Ipv4Interface result)
    {
        result = default;
        if (text is null) return false;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !Ipv4.TryParse(text[..slash], out var address)) return false;
        if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)) return false;
        if (length > 32) return false;
        result = new Ipv4Interface(address, length);
        return true;
    }

    public override string ToString() => $"{Ipv4.Format(Address)}/{PrefixLength.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>IPv4 addresses as numbers in host order.</summary>
public static class Ipv4
{
    public static bool TryParse([NotNullWhen(true)] string? text, out uint address)
    {
        address = 0;
        // IPAddress also takes "1", "0x7f.1" and octal parts; four decimal parts are meant here.
        if (text is null || text.Count(c => c == '.') != 3 || text.Any(c => !char.IsAsciiDigit(c) && c != '.')) return false;
        if (text.Split('.').Any(part => part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0'))) return false;
        if (!IPAddress.TryParse(text, out var parsed)) return false;
        address = FromIPAddress(parsed);
        return true;
    }

    /// <exception cref="FormatException">Not four decimal parts.</exception>
    public static uint Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"invalid IPv4 address: {text}");

    public static string Format(uint address) => ToIPAddress(address).ToString();

    public static IPAddress ToIPAddress(uint address)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return new IPAddress(bytes);
    }

    /// <exception cref="ArgumentException">Not an IPv4 address.</exception>
    public static uint FromIPAddress(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.AddressFamily != AddressFamily.InterNetwork) throw new ArgumentException("not an IPv4 address", nameof(address));
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }
}
