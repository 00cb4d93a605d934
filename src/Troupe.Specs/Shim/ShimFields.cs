using System.Buffers.Binary;
using System.Text;

namespace Troupe.Specs.Shim;

/// <summary>Writes a payload's fields one after another. The destination must be large enough (every payload has a known bound).</summary>
public ref struct ShimFieldWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Length { get; private set; }

    public void U8(byte value) => _destination[Length++] = value;

    public void Flag(bool value) => U8(value ? (byte)1 : (byte)0);

    public void U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_destination[Length..], value);
        Length += 2;
    }

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_destination[Length..], value);
        Length += 4;
    }

    public void I32(int value) => U32((uint)value);

    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_destination[Length..], value);
        Length += 8;
    }

    public void I64(long value) => U64((ulong)value);

    /// <summary>u16 length and UTF-8. Cut at <see cref="ShimProtocol.StringMax"/> bytes, between characters.</summary>
    public void Text(string value)
    {
        var room = _destination.Slice(Length + 2, Math.Min(ShimProtocol.StringMax, _destination.Length - Length - 2));
        System.Text.Unicode.Utf8.FromUtf16(value, room, out _, out var written);
        U16((ushort)written);
        Length += written;
    }
}

/// <summary>
/// Reads a payload's fields. Never fails half way: a field that is not there reads as zero and makes <see cref="Valid"/> false.
/// Bytes after the last field read are ignored, so that later versions may append.
/// </summary>
public ref struct ShimFieldReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    public bool Valid { get; private set; } = true;

    /// <summary>What was not read yet: the data of a stream frame.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte U8() => Take(1, out var bytes) ? bytes[0] : (byte)0;

    public bool Flag() => U8() != 0;

    public ushort U16() => Take(2, out var bytes) ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    public uint U32() => Take(4, out var bytes) ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;

    public int I32() => (int)U32();

    public ulong U64() => Take(8, out var bytes) ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;

    public long I64() => (long)U64();

    /// <summary>The length is checked against the bound and the payload before a string is made.</summary>
    public string Text()
    {
        var length = U16();
        if (length <= ShimProtocol.StringMax && Take(length, out var bytes)) return Encoding.UTF8.GetString(bytes);
        Valid = false;
        return "";
    }

    private bool Take(int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!Valid || _rest.Length < count)
        {
            Valid = false;
            return false;
        }
        bytes = _rest[..count];
        _rest = _rest[count..];
        return true;
    }
}
