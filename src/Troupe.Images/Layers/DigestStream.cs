using System.Security.Cryptography;
using Troupe.Protocol;
using Troupe.Specs;

namespace Troupe.Images.Layers;

/// <summary>Hashes and counts what is read through it, and stops at a cap.</summary>
internal sealed class DigestStream(Stream source, long bytesMax) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _count;

    /// <summary>Digest of everything read so far.</summary>
    public Digest Current => Digest.FromHash(_hash.GetCurrentHash());

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => _count; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer);
        _hash.AppendData(buffer[..read]);
        _count += read;
        if (_count > bytesMax)
            throw new ImageException(ErrorCode.ResourceExhausted, $"failed to register layer: it unpacks to more than {bytesMax} bytes");
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _hash.Dispose();
        base.Dispose(disposing);
    }
}
