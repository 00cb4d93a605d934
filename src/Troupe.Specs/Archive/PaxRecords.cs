using System.Globalization;
using System.Text;

namespace Troupe.Specs.Archive;

/// <summary>Records of pax extended headers: <c>length key=value\n</c>, values as bytes.</summary>
internal sealed class PaxRecords
{
    private const string XattrPrefix = "SCHILY.xattr.";

    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);
    private readonly List<TarAttribute> _attributes = [];

    /// <summary>Offset and length pairs of a sparse map 0.0, which repeats its keys.</summary>
    private readonly List<long> _sparseNumbers = [];

    public IReadOnlyList<TarAttribute> Attributes => _attributes;

    public IReadOnlyList<long> SparseNumbers => _sparseNumbers;

    public bool IsEmpty => _values.Count == 0 && _attributes.Count == 0;

    public byte[]? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>Global records with local ones above them.</summary>
    public void CopyFrom(PaxRecords other)
    {
        foreach (var (key, value) in other._values) _values[key] = value;
        foreach (var attribute in other._attributes) AddAttribute(attribute);
    }

    public void Parse(ReadOnlySpan<byte> body)
    {
        while (body.Length > 0)
        {
            var space = body.IndexOf((byte)' ');
            if (space < 1 || space > 10 || !TryDecimal(body[..space], out var length)) throw Malformed();
            if (length <= space + 2 || length > body.Length || body[(int)length - 1] != '\n') throw Malformed();
            var record = body[(space + 1)..((int)length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1) throw Malformed();
            Add(record[..equals], record[(equals + 1)..].ToArray());
            body = body[(int)length..];
        }
    }

    private void Add(ReadOnlySpan<byte> keyBytes, byte[] value)
    {
        if (keyBytes.IndexOf((byte)0) >= 0) throw Malformed();
        if (keyBytes.StartsWith("SCHILY.xattr."u8))
        {
            if (keyBytes.Length > XattrPrefix.Length) AddAttribute(new TarAttribute(keyBytes[XattrPrefix.Length..].ToArray(), value));
            return;
        }

        var key = Encoding.UTF8.GetString(keyBytes);
        if (key is "GNU.sparse.offset" or "GNU.sparse.numbytes")
        {
            if (!TryDecimal(value, out var number) || _sparseNumbers.Count >= 2 * TarLimits.SparseSegmentsMax) throw Malformed();
            if ((_sparseNumbers.Count % 2 == 0) != (key == "GNU.sparse.offset")) throw Malformed();
            _sparseNumbers.Add(number);
            return;
        }

        // An empty value takes the record away (POSIX pax), and so uncovers the header's own field.
        if (value.Length == 0) _values.Remove(key);
        else _values[key] = value;
    }

    private void AddAttribute(TarAttribute attribute)
    {
        _attributes.RemoveAll(a => a.Name.AsSpan().SequenceEqual(attribute.Name));
        _attributes.Add(attribute);
    }

    /// <summary>A path or link name: not empty and without a NUL, which the kernel would cut it at.</summary>
    public byte[]? Text(string key)
    {
        var value = this[key];
        return value is null || Array.IndexOf(value, (byte)0) < 0 ? value : throw Malformed();
    }

    public long? Number(string key)
    {
        if (this[key] is not { } value) return null;
        return TryDecimal(value, out var number) ? number : throw Malformed();
    }

    /// <summary>Seconds with a fraction of any length; nanoseconds are cut, not rounded, and count upwards also before 1970.</summary>
    public (long Seconds, int Nanoseconds)? Time(string key)
    {
        if (this[key] is not { } value) return null;
        var text = Encoding.ASCII.GetString(value);
        var isNegative = text.StartsWith('-');
        var parts = text.TrimStart('-').Split('.', 2);
        if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) throw Malformed();
        var nanoseconds = 0;
        if (parts.Length == 2 && parts[1].Length > 0)
        {
            var digits = parts[1].PadRight(9, '0')[..9];
            if (!parts[1].All(char.IsAsciiDigit)) throw Malformed();
            nanoseconds = int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        if (!isNegative) return (seconds, nanoseconds);
        return nanoseconds == 0 ? (-seconds, 0) : (-seconds - 1, 1_000_000_000 - nanoseconds);
    }

    public static bool TryDecimal(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.IsEmpty) return false;
        foreach (var c in text)
        {
            if (c is < (byte)'0' or > (byte)'9' || value > (long.MaxValue - 9) / 10) return false;
            value = value * 10 + (c - '0');
        }

        return true;
    }

    private static TarFormatException Malformed() => new("malformed pax header");
}
