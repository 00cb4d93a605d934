using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Hyperion;

namespace Troupe.Protocol.Wire;

/// <summary>
/// The gate around Hyperion (ADR 0004). A frame is <c>format:u8 crc:u32le payload</c>; the CRC-32C covers manifest and payload. Length,
/// CRC, manifest and the payload's structure are checked, in this order, before Hyperion sees a byte.
/// </summary>
public static class WireGate
{
    private const byte Format = 1;
    private const int HeadBytes = 1 + sizeof(uint);

    private static readonly Serializer Hyperion = new(new SerializerOptions(
        versionTolerance: false, preserveObjectReferences: false, surrogates: null, serializerFactories: null,
        knownTypes: [typeof(Fields), typeof(object[])], ignoreISerializable: true, packageNameOverrides: null,
        disallowUnsafeTypes: true, typeFilter: new FieldsOnly()));

    public static string ManifestOf(object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return WireRegistry.Default.Find(message.GetType()).Manifest;
    }

    /// <exception cref="WireFormatException">Not a wire type, a null where none may be, or larger than the type's cap.</exception>
    public static byte[] Encode(object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Encode(message, WireRegistry.Default);
    }

    /// <exception cref="WireFormatException">The bytes are not a whole and unharmed message of this manifest.</exception>
    public static object Decode(byte[] frame, string manifest)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(manifest);
        return Decode(frame, manifest, WireRegistry.Default);
    }

    internal static byte[] Encode(object message, WireRegistry registry)
    {
        var type = registry.Find(message.GetType());
        using var stream = new MemoryStream(256);
        stream.Write(stackalloc byte[HeadBytes]);
        Hyperion.Serialize(new Fields { V = Fields.Version, F = type.Write(message) }, stream);
        if (stream.Length > type.SizeBytesMax) throw TooLong(type.Manifest, stream.Length, type.SizeBytesMax);
        var frame = stream.ToArray();
        frame[0] = Format;
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(1), Crc(type.Manifest, frame.AsSpan(HeadBytes)));
        return frame;
    }

    internal static object Decode(byte[] frame, string manifest, WireRegistry registry)
    {
        var type = registry.Find(manifest);
        if (frame.Length > type.SizeBytesMax) throw TooLong(manifest, frame.Length, type.SizeBytesMax);
        if (frame.Length <= HeadBytes || frame[0] != Format) throw new WireFormatException($"Not a frame ({manifest}).");
        var payload = frame.AsSpan(HeadBytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(1)) != Crc(manifest, payload))
        {
            throw new WireFormatException($"The checksum of {manifest} is wrong.");
        }

        FieldsReader.Validate(payload);
        return Read(type, frame);
    }

    private static object Read(WireType type, byte[] frame)
    {
        try
        {
            using var stream = new MemoryStream(frame, HeadBytes, frame.Length - HeadBytes, writable: false);
            var fields = Hyperion.Deserialize<Fields>(stream);
            if (fields.V != Fields.Version) throw new WireFormatException($"{type.Manifest} has version {fields.V}.");
            return type.Read(fields.F ?? []);
        }
        catch (Exception error) when (error is not (WireFormatException or OutOfMemoryException))
        {
            // A value that its type refuses (a digest of 3 bytes, a time out of range) is as bad as a torn frame.
            throw new WireFormatException($"{type.Manifest} can't be read: {error.Message}", error);
        }
    }

    private static WireFormatException TooLong(string manifest, long length, int max) =>
        new($"{manifest} has {length} bytes; the most is {max}.");

    private static uint Crc(string manifest, ReadOnlySpan<byte> payload)
    {
        Span<byte> name = stackalloc byte[64];
        var crc = Crc(uint.MaxValue, name[..Encoding.UTF8.GetBytes(manifest, name)]);
        return ~Crc(crc, payload);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    private sealed class FieldsOnly : ITypeFilter
    {
        public bool IsAllowed(string typeName) =>
            typeName.StartsWith(typeof(Fields).FullName + ",", StringComparison.Ordinal)
            || typeName.StartsWith("System.Object[],", StringComparison.Ordinal);
    }
}
