using System.Buffers.Binary;
using System.Text;

namespace Troupe.Linux.Netlink;

/// <summary>
/// Writes netlink messages into a caller's buffer. Several messages may follow one another: the kernel handles a batch in order and
/// acknowledges each. Throws <see cref="ArgumentException"/> when the buffer is too small: requests are built from bounded parts.
/// </summary>
internal ref struct NetlinkWriter(Span<byte> buffer)
{
    // Numbers are in the host's byte order; every supported machine is little-endian.
    private readonly Span<byte> _buffer = buffer;
    private int _message = -1;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    public void BeginMessage(ushort type, ushort flags, uint sequence)
    {
        if (_message >= 0) throw new InvalidOperationException("The message before is not ended.");
        _message = Length;
        var header = Reserve(Nlmsg.HeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence);
    }

    public void EndMessage()
    {
        if (_message < 0) throw new InvalidOperationException("No message was begun.");
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer[_message..], (uint)(Length - _message));
        _message = -1;
    }

    /// <summary>struct ifinfomsg. <paramref name="change"/> masks which <paramref name="flags"/> count.</summary>
    public void LinkHeader(byte family, int index, uint flags, uint change)
    {
        var body = Reserve(16);
        body[0] = family;
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], index);
        BinaryPrimitives.WriteUInt32LittleEndian(body[8..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(body[12..], change);
    }

    /// <summary>struct ifaddrmsg.</summary>
    public void AddressHeader(byte family, byte prefixLength, byte scope, int index)
    {
        var body = Reserve(8);
        body[0] = family;
        body[1] = prefixLength;
        body[3] = scope;
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], index);
    }

    /// <summary>struct rtmsg.</summary>
    public void RouteHeader(byte family, byte destinationLength, byte table, byte protocol, byte scope, byte type)
    {
        var body = Reserve(12);
        body[0] = family;
        body[1] = destinationLength;
        body[4] = table;
        body[5] = protocol;
        body[6] = scope;
        body[7] = type;
    }

    public void Attribute(ushort type, scoped ReadOnlySpan<byte> value)
    {
        var length = 4 + value.Length;
        var target = Reserve(Align(length));
        BinaryPrimitives.WriteUInt16LittleEndian(target, checked((ushort)length));
        BinaryPrimitives.WriteUInt16LittleEndian(target[2..], type);
        value.CopyTo(target[4..]);
    }

    public void Attribute(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Attribute(type, bytes);
    }

    /// <summary>A NUL-terminated string, as interface names and kinds are.</summary>
    public void Attribute(ushort type, string value)
    {
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(value.Length) + 1];
        var length = Encoding.UTF8.GetBytes(value, bytes);
        bytes[length] = 0;
        Attribute(type, bytes[..(length + 1)]);
    }

    /// <summary>Opens an attribute that holds attributes; the result goes to <see cref="EndNested"/>.</summary>
    public int BeginNested(ushort type)
    {
        var start = Length;
        BinaryPrimitives.WriteUInt16LittleEndian(Reserve(4)[2..], type);
        return start;
    }

    public readonly void EndNested(int start) =>
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer[start..], checked((ushort)(Length - start)));

    public static int Align(int length) => (length + 3) & ~3;

    private Span<byte> Reserve(int length)
    {
        if (_buffer.Length - Length < length)
            throw new ArgumentException($"A netlink request does not fit into {_buffer.Length} bytes.");
        var span = _buffer.Slice(Length, length);
        span.Clear();
        Length += length;
        return span;
    }
}
