using System.Globalization;
using System.Text;

namespace Troupe.Specs.Archive;

/// <summary>
/// Writes ustar with pax records where a field does not fit: long names, large numbers, fractions of a second, attributes. Entries are
/// written as given; the body follows by <see cref="WriteBody"/>. Not thread-safe.
/// </summary>
public sealed class TarWriter(Stream target) : IDisposable
{
    private const long OctalMax11 = 0x1_FFFF_FFFF;
    private const long OctalMax7 = 0x1F_FFFF;

    private readonly byte[] _block = new byte[TarHeader.BlockSize];
    private long _bodyLeft;
    private int _padding;

    /// <summary>Writes a header. The body of <see cref="TarEntry.Size"/> bytes must follow.</summary>
    public void WriteHeader(TarEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        FinishBody();
        if (entry.Type == TarEntryType.SparseFile) throw new NotSupportedException("Sparse files are written whole.");
        var records = Records(entry);
        if (records.Length > 0)
        {
            FillHeader(ShortName("PaxHeaders.0/"u8, entry.Name), 'x', 0x1A4, 0, 0, records.Length, 0, [], "", "", 0, 0);
            target.Write(_block);
            target.Write(records);
            Pad((int)(-records.Length & (TarHeader.BlockSize - 1)));
        }

        FillHeader(
            entry.Name, (char)entry.Type, entry.Mode, entry.Uid, entry.Gid, entry.Size, entry.ModifiedSeconds, entry.LinkName, entry.UserName,
            entry.GroupName, entry.DeviceMajor, entry.DeviceMinor);
        target.Write(_block);
        _bodyLeft = entry.Size;
        _padding = (int)(-entry.Size & (TarHeader.BlockSize - 1));
    }

    /// <exception cref="InvalidOperationException">More bytes than the header said.</exception>
    public void WriteBody(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bodyLeft) throw new InvalidOperationException("The body is longer than its header says.");
        target.Write(bytes);
        _bodyLeft -= bytes.Length;
    }

    /// <summary>Writes the end mark: two blocks of zeros.</summary>
    public void Finish()
    {
        FinishBody();
        Pad(2 * TarHeader.BlockSize);
        target.Flush();
    }

    public void Dispose()
    {
        // The stream is the caller's; an archive that was not finished stays visibly cut off.
    }

    private void FinishBody()
    {
        if (_bodyLeft != 0) throw new InvalidOperationException("The body is shorter than its header says.");
        Pad(_padding);
        _padding = 0;
    }

    private void Pad(int length)
    {
        Span<byte> zeros = stackalloc byte[2 * TarHeader.BlockSize];
        zeros.Clear();
        target.Write(zeros[..length]);
    }

    private static byte[] Records(TarEntry entry)
    {
        var body = new MemoryStream();
        if (!Fits(entry.Name)) AddRecord(body, "path"u8, entry.Name);
        if (!Fits(entry.LinkName)) AddRecord(body, "linkpath"u8, entry.LinkName);
        if (entry.Size > OctalMax11) AddRecord(body, "size"u8, Ascii(entry.Size));
        if (entry.Uid > OctalMax7) AddRecord(body, "uid"u8, Ascii(entry.Uid));
        if (entry.Gid > OctalMax7) AddRecord(body, "gid"u8, Ascii(entry.Gid));
        if (entry.ModifiedNanoseconds != 0 || entry.ModifiedSeconds is < 0 or > OctalMax11) AddRecord(body, "mtime"u8, Time(entry));
        foreach (var attribute in entry.Attributes) AddRecord(body, [.. "SCHILY.xattr."u8, .. attribute.Name], attribute.Value);
        return body.ToArray();
    }

    private static bool Fits(byte[] name) => name.Length <= 100 && !name.Any(b => b >= 0x80);

    private static byte[] Ascii(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static byte[] Time(TarEntry entry)
    {
        var (seconds, nanoseconds) = (entry.ModifiedSeconds, entry.ModifiedNanoseconds);
        var sign = "";
        if (seconds < 0)
        {
            sign = "-";
            (seconds, nanoseconds) = nanoseconds == 0 ? (-seconds, 0) : (-seconds - 1, 1_000_000_000 - nanoseconds);
        }

        var fraction = nanoseconds == 0 ? "" : "." + nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return Encoding.ASCII.GetBytes(sign + seconds.ToString(CultureInfo.InvariantCulture) + fraction);
    }

    /// <summary>The record's length counts its own digits.</summary>
    private static void AddRecord(MemoryStream body, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var rest = key.Length + value.Length + 3;
        var length = rest + 1;
        while (length.ToString(CultureInfo.InvariantCulture).Length + rest > length) length++;
        body.Write(Ascii(length));
        body.WriteByte((byte)' ');
        body.Write(key);
        body.WriteByte((byte)'=');
        body.Write(value);
        body.WriteByte((byte)'\n');
    }

    private static byte[] ShortName(ReadOnlySpan<byte> prefix, byte[] name)
    {
        byte[] text = [.. prefix, .. name.Where(b => b is > 0x20 and < 0x7f)];
        return text.Length > 100 ? text[..100] : text;
    }

    private void FillHeader(
        byte[] name, char type, uint mode, uint uid, uint gid, long size, long mtime, byte[] link, string user, string group, uint major, uint minor)
    {
        Array.Clear(_block);
        name.AsSpan(0, Math.Min(name.Length, 100)).CopyTo(_block);
        Octal(_block.AsSpan(100, 8), mode);
        Octal(_block.AsSpan(108, 8), uid <= OctalMax7 ? uid : 0);
        Octal(_block.AsSpan(116, 8), gid <= OctalMax7 ? gid : 0);
        Octal(_block.AsSpan(124, 12), size <= OctalMax11 ? size : 0);
        Octal(_block.AsSpan(136, 12), Math.Clamp(mtime, 0, OctalMax11));
        _block[156] = (byte)type;
        link.AsSpan(0, Math.Min(link.Length, 100)).CopyTo(_block.AsSpan(157));
        "ustar\000"u8.CopyTo(_block.AsSpan(257));
        Encoding.UTF8.GetBytes(user.AsSpan(0, Math.Min(user.Length, 10)), _block.AsSpan(265, 31));
        Encoding.UTF8.GetBytes(group.AsSpan(0, Math.Min(group.Length, 10)), _block.AsSpan(297, 31));
        Octal(_block.AsSpan(329, 8), major);
        Octal(_block.AsSpan(337, 8), minor);
        var checksum = TarHeader.Checksum(_block).Unsigned;
        Octal(_block.AsSpan(148, 7), checksum);
        _block[155] = (byte)' ';
    }

    /// <summary>Octal digits and a closing NUL.</summary>
    private static void Octal(Span<byte> field, long value)
    {
        for (var i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }
}
