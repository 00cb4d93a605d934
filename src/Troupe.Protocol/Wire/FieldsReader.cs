using System.Buffers.Binary;

namespace Troupe.Protocol.Wire;

/// <summary>
/// Walks a Hyperion payload before Hyperion does, and refuses whatever is not a <see cref="Fields"/> of known slot kinds with
/// lengths that fit into the bytes at hand. Hyperion itself allocates what a length field says (7 bytes can ask for 2 GiB).
/// </summary>
/// <remarks>
/// <code>
/// payload := FE 00 00  slots  V:int32                 known type 0 = Fields; its fields in order of name
/// slots   := FF len:int32 "System.Object[], ..." body  the first array names its type
///          | FE 01 00 body                             later ones refer to known type 1
/// body    := count:int32 item*
/// item    := 00 | 02 i64 | 06 u8 | 07 string | 08 i32 | 09 len:int32 u8* | 0D f64 | 13 u64 | slots
/// string  := n:u8 (length + 1; 0 = null) utf8 | FF len:int32 utf8
/// </code>
/// </remarks>
internal ref struct FieldsReader(ReadOnlySpan<byte> payload)
{
    private static ReadOnlySpan<byte> ArrayTypeName => "System.Object[], System.Private.CoreLib,%core%"u8;

    private readonly ReadOnlySpan<byte> _payload = payload;
    private int _at;

    /// <exception cref="WireFormatException">The payload is not exactly one well-formed <see cref="Fields"/>.</exception>
    public static void Validate(ReadOnlySpan<byte> payload)
    {
        var reader = new FieldsReader(payload);
        if (reader.Byte() != Codes.KnownType || reader.UInt16() != Codes.FieldsId) throw Bad(0, "no Fields");
        reader.Item(depth: 0, arrayOnly: true);
        reader.Skip(sizeof(int));
        if (reader._at != payload.Length) throw Bad(reader._at, "bytes after the end");
    }

    private void Item(int depth, bool arrayOnly)
    {
        var start = _at;
        var code = Byte();
        if (arrayOnly && code is not (Codes.NamedType or Codes.KnownType)) throw Bad(start, "no slots");
        switch (code)
        {
            case Codes.Null: break;
            case Codes.Bool: Skip(1); break;
            case Codes.Int: Skip(4); break;
            case Codes.Long or Codes.ULong or Codes.Double: Skip(8); break;
            case Codes.Bytes: Skip(Length()); break;
            case Codes.String: String(); break;
            case Codes.KnownType when UInt16() == Codes.ArrayId: Items(depth + 1); break;
            case Codes.NamedType: TypeName(); Items(depth + 1); break;
            default: throw Bad(start, $"kind {code:X2} is not allowed");
        }
    }

    private void Items(int depth)
    {
        if (depth > Limits.WireDepthMax) throw Bad(_at, "nested too deep");
        // Every item takes a byte at least, so that the count can't ask for more memory than a small multiple of the payload.
        for (var count = Length(); count > 0; count--) Item(depth, arrayOnly: false);
    }

    private void TypeName()
    {
        var length = Length();
        if (!_payload.Slice(_at, length).SequenceEqual(ArrayTypeName)) throw Bad(_at, "a type name");
        Skip(length);
    }

    private void String()
    {
        var first = Byte();
        if (first == 0) return;
        Skip(first == byte.MaxValue ? Length() : first - 1);
    }

    /// <summary>A length field that must not exceed what is left.</summary>
    private int Length()
    {
        var start = _at;
        Skip(sizeof(int));
        var length = BinaryPrimitives.ReadInt32LittleEndian(_payload[start..]);
        if (length < 0 || length > _payload.Length - _at) throw Bad(start, "a length beyond the end");
        return length;
    }

    private ushort UInt16()
    {
        var start = _at;
        Skip(sizeof(ushort));
        return BinaryPrimitives.ReadUInt16LittleEndian(_payload[start..]);
    }

    private byte Byte()
    {
        Skip(1);
        return _payload[_at - 1];
    }

    private void Skip(int count)
    {
        if (count > _payload.Length - _at) throw Bad(_at, "cut off");
        _at += count;
    }

    private static WireFormatException Bad(int at, string what) => new($"Bad payload at byte {at}: {what}.");

    private static class Codes
    {
        public const byte Null = 0x00;
        public const byte Long = 0x02;
        public const byte Bool = 0x06;
        public const byte String = 0x07;
        public const byte Int = 0x08;
        public const byte Bytes = 0x09;
        public const byte Double = 0x0D;
        public const byte ULong = 0x13;
        public const byte KnownType = 0xFE;
        public const byte NamedType = 0xFF;
        public const ushort FieldsId = 0;
        public const ushort ArrayId = 1;
    }
}
