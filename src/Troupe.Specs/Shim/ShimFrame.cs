using System.Buffers.Binary;

namespace Troupe.Specs.Shim;

/// <summary>The header of a frame. <see cref="Length"/> counts the payload only.</summary>
public readonly record struct ShimFrameHeader(ShimFrameKind Kind, uint Id, int Length)
{
    /// <summary>Writes 12 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)Length);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], (ushort)Kind);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Id);
    }

    /// <summary>False when the length is over <see cref="ShimProtocol.PayloadMax"/> or the flags are not 0: the peer is not sane.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out ShimFrameHeader header)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(source);
        var kind = (ShimFrameKind)BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(source[6..]);
        header = default;
        if (length > ShimProtocol.PayloadMax || flags != 0) return false;
        header = new ShimFrameHeader(kind, BinaryPrimitives.ReadUInt32LittleEndian(source[8..]), (int)length);
        return true;
    }
}

public enum ShimDecode
{
    /// <summary>More bytes are needed.</summary>
    Incomplete = 0,
    Frame = 1,

    /// <summary>Not this protocol, or a frame over the bound. The connection must end: there is no way to find the next frame.</summary>
    Malformed = 2,
}

/// <summary>Cuts frames out of received bytes. Allocates nothing and copies nothing: the payload is a slice of the input.</summary>
public static class ShimFrameReader
{
    /// <param name="input">Received bytes, beginning at a frame.</param>
    /// <param name="consumed">Bytes of <paramref name="input"/> that the frame took; 0 unless a frame was found.</param>
    public static ShimDecode TryRead(
        ReadOnlySpan<byte> input, out ShimFrameHeader header, out ReadOnlySpan<byte> payload, out int consumed)
    {
        payload = default;
        consumed = 0;
        header = default;
        if (input.Length < ShimProtocol.HeaderSize) return ShimDecode.Incomplete;
        if (!ShimFrameHeader.TryParse(input, out header)) return ShimDecode.Malformed;
        if (input.Length - ShimProtocol.HeaderSize < header.Length) return ShimDecode.Incomplete;
        payload = input.Slice(ShimProtocol.HeaderSize, header.Length);
        consumed = ShimProtocol.HeaderSize + header.Length;
        return ShimDecode.Frame;
    }
}
