using System.Buffers.Binary;
using System.Text;

namespace Troupe.Linux.Netlink;

/// <summary>One message of a datagram: header fields and what follows the header.</summary>
internal readonly ref struct NetlinkMessage(ushort type, ushort flags, uint sequence, ReadOnlySpan<byte> payload)
{
    public ushort Type { get; } = type;
    public ushort Flags { get; } = flags;
    public uint Sequence { get; } = sequence;
    public ReadOnlySpan<byte> Payload { get; } = payload;
}

/// <summary>Walks the messages of a datagram. Total: any bytes end the walk, never the process.</summary>
internal ref struct NetlinkReader(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    /// <summary>True once bytes were met that are no message; the walk has ended there.</summary>
    public bool IsMalformed { get; private set; }

    public bool TryRead(out NetlinkMessage message)
    {
        message = default;
        if (_rest.IsEmpty || IsMalformed) return false;
        if (_rest.Length < Nlmsg.HeaderLength) return Malformed();
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
        if (length < Nlmsg.HeaderLength || length > (uint)_rest.Length) return Malformed();
        message = new NetlinkMessage(
            BinaryPrimitives.ReadUInt16LittleEndian(_rest[4..]),
            BinaryPrimitives.ReadUInt16LittleEndian(_rest[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(_rest[8..]),
            _rest[Nlmsg.HeaderLength..(int)length]);
        _rest = _rest[Math.Min(NetlinkWriter.Align((int)length), _rest.Length)..];
        return true;
    }

    private bool Malformed()
    {
        IsMalformed = true;
        return false;
    }
}

/// <summary>One attribute: type without the nested and byte-order bits, and its bytes.</summary>
internal readonly ref struct NetlinkAttribute(ushort type, ReadOnlySpan<byte> value)
{
    public ushort Type { get; } = type;
    public ReadOnlySpan<byte> Value { get; } = value;

    public bool TryUInt32(out uint value) => BinaryPrimitives.TryReadUInt32LittleEndian(Value, out value);

    public bool TryInt32(out int value) => BinaryPrimitives.TryReadInt32LittleEndian(Value, out value);

    /// <summary>Text up to the first NUL.</summary>
    public string Text()
    {
        var end = Value.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
    }
}

/// <summary>Walks a list of attributes. Total, as <see cref="NetlinkReader"/>.</summary>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    private const ushort TypeMask = 0x3fff;
    private ReadOnlySpan<byte> _rest = bytes;

    public bool TryRead(out NetlinkAttribute attribute)
    {
        attribute = default;
        if (_rest.Length < 4) return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (length < 4 || length > _rest.Length) return false;
        var type = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) & TypeMask);
        attribute = new NetlinkAttribute(type, _rest[4..length]);
        _rest = _rest[Math.Min(NetlinkWriter.Align(length), _rest.Length)..];
        return true;
    }
}
