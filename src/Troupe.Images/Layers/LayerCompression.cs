using System.IO.Compression;
using Troupe.Protocol;
using ZstdSharp;

namespace Troupe.Images.Layers;

/// <summary>Opens a layer blob by its first bytes; media types are often wrong about the compression.</summary>
internal static class LayerCompression
{
    private const int MagicLength = 6;

    /// <summary>The uncompressed bytes. Disposing it disposes <paramref name="blob"/>.</summary>
    /// <exception cref="ImageException">A compression that no image may use.</exception>
    public static Stream Open(Stream blob)
    {
        var magic = new byte[MagicLength];
        var length = blob.ReadAtLeast(magic, MagicLength, throwOnEndOfStream: false);
        var whole = new PrefixedStream(magic.AsSpan(0, length).ToArray(), blob);
        ReadOnlySpan<byte> m = magic.AsSpan(0, length);
        if (m.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b])) return new GZipStream(whole, CompressionMode.Decompress);
        if (m.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) || IsSkippableFrame(m)) return new DecompressionStream(whole, leaveOpen: false);
        if (m.StartsWith((ReadOnlySpan<byte>)[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) throw Unsupported("xz");
        if (m.StartsWith("BZh"u8)) throw Unsupported("bzip2");
        return whole;
    }

    private static bool IsSkippableFrame(ReadOnlySpan<byte> m) =>
        m.Length >= 4 && (m[0] & 0xf0) == 0x50 && m[1] == 0x2a && m[2] == 0x4d && m[3] == 0x18;

    private static ImageException Unsupported(string name) =>
        new(ErrorCode.InvalidArgument, $"failed to register layer: {name} is not a compression of image layers");

    /// <summary>Bytes already read, then the rest.</summary>
    private sealed class PrefixedStream(byte[] prefix, Stream rest) : Stream
    {
        private int _position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (_position == prefix.Length) return rest.Read(buffer);
            var length = Math.Min(buffer.Length, prefix.Length - _position);
            prefix.AsSpan(_position, length).CopyTo(buffer);
            _position += length;
            return length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) rest.Dispose();
            base.Dispose(disposing);
        }
    }
}
