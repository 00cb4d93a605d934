namespace Troupe.Cli.Engine;

/// <summary>Bytes that were read too far ahead, then the stream itself. For reading only.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : Stream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("a stream of bytes has no length");

    public override long Position
    {
        get => throw new NotSupportedException("a stream of bytes has no position");
        set => throw new NotSupportedException("a stream of bytes has no position");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_prefix.Length == 0) return await rest.ReadAsync(buffer, cancellationToken);
        var length = Math.Min(_prefix.Length, buffer.Length);
        _prefix[..length].CopyTo(buffer);
        _prefix = _prefix[length..];
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_prefix.Length == 0) return rest.Read(buffer, offset, count);
        var length = Math.Min(_prefix.Length, count);
        _prefix.Span[..length].CopyTo(buffer.AsSpan(offset));
        _prefix = _prefix[length..];
        return length;
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("read only");

    public override void Flush() => throw new NotSupportedException("read only");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("read only");

    public override void SetLength(long value) => throw new NotSupportedException("read only");
}
