using System.Text;

namespace Troupe.Specs.Archive;

/// <summary>Fields of the 512-byte header block, ustar and GNU.</summary>
internal static class TarHeader
{
    public const int BlockSize = 512;

    public static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> block) => Text(block[..100]);

    public static ReadOnlySpan<byte> Mode(ReadOnlySpan<byte> block) => block[100..108];

    public static ReadOnlySpan<byte> Uid(ReadOnlySpan<byte> block) => block[108..116];

    public static ReadOnlySpan<byte> Gid(ReadOnlySpan<byte> block) => block[116..124];

    public static ReadOnlySpan<byte> Size(ReadOnlySpan<byte> block) => block[124..136];

    public static ReadOnlySpan<byte> Modified(ReadOnlySpan<byte> block) => block[136..148];

    public static byte Type(ReadOnlySpan<byte> block) => block[156];

    public static ReadOnlySpan<byte> LinkName(ReadOnlySpan<byte> block) => Text(block[157..257]);

    public static bool IsUstar(ReadOnlySpan<byte> block) => block.Slice(257, 6).SequenceEqual("ustar\0"u8);

    public static bool IsGnu(ReadOnlySpan<byte> block) => block.Slice(257, 8).SequenceEqual("ustar  \0"u8);

    public static string UserName(ReadOnlySpan<byte> block) => Encoding.UTF8.GetString(Text(block[265..297]));

    public static string GroupName(ReadOnlySpan<byte> block) => Encoding.UTF8.GetString(Text(block[297..329]));

    public static ReadOnlySpan<byte> DeviceMajor(ReadOnlySpan<byte> block) => block[329..337];

    public static ReadOnlySpan<byte> DeviceMinor(ReadOnlySpan<byte> block) => block[337..345];

    /// <summary>First half of a long ustar name; GNU headers keep times and sparse maps there.</summary>
    public static ReadOnlySpan<byte> Prefix(ReadOnlySpan<byte> block) => Text(block[345..500]);

    /// <summary>Up to the first NUL.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    /// <summary>
    /// A number field: octal text, or base 256 (two's complement, big endian) when the first bit is set. Empty is zero.
    /// </summary>
    public static bool TryNumber(ReadOnlySpan<byte> field, out long value)
    {
        if ((field[0] & 0x80) != 0) return TryBase256(field, out value);
        value = 0;
        var text = field.Trim(" \0"u8);
        var end = text.IndexOf((byte)0);
        if (end >= 0) text = text[..end];
        foreach (var c in text)
        {
            if (c is < (byte)'0' or > (byte)'7' || value >> 60 != 0) return false;
            value = (value << 3) | (uint)(c - '0');
        }

        return true;
    }

    private static bool TryBase256(ReadOnlySpan<byte> field, out long value)
    {
        // The top bit marks the form; the next one is the sign.
        var isNegative = (field[0] & 0x40) != 0;
        value = isNegative ? -1 : 0;
        for (var i = 0; i < field.Length; i++)
        {
            var b = i == 0 ? (byte)(isNegative ? field[0] | 0x80 : field[0] & 0x7f) : field[i];
            if (value >> 55 is not (0 or -1)) return false;
            value = (value << 8) | b;
        }

        return value < 0 == isNegative;
    }

    /// <summary>The header's own checksum, added as unsigned bytes or, as some old writers did, as signed ones.</summary>
    public static bool IsChecksumRight(ReadOnlySpan<byte> block)
    {
        if (!TryNumber(block[148..156], out var stored)) return false;
        var (unsigned, signed) = Checksum(block);
        return stored == unsigned || stored == signed;
    }

    public static (long Unsigned, long Signed) Checksum(ReadOnlySpan<byte> block)
    {
        long unsigned = 0;
        long signed = 0;
        for (var i = 0; i < BlockSize; i++)
        {
            var b = i is >= 148 and < 156 ? (byte)' ' : block[i];
            unsigned += b;
            signed += (sbyte)b;
        }

        return (unsigned, signed);
    }
}
