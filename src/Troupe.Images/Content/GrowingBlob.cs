using Troupe.Linux;
using Troupe.Linux.Files;

namespace Troupe.Images.Content;

/// <summary>
/// Lets a layer be unpacked while it is still coming in. The downloader says how far it is; the reader waits for more. The end of the
/// stream is given only after the blob was verified, so that what was unpacked from wrong bytes is never finished. Thread-safe.
/// </summary>
internal sealed class GrowingBlob
{
    /// <summary>How often a waiting reader looks whether it was cancelled.</summary>
    private static readonly TimeSpan CancelPoll = TimeSpan.FromMilliseconds(200);

    // A monitor, not System.Threading.Lock: readers wait for its pulses.
    private readonly object _lock = new();
    private string? _path;
    private long _available;
    private bool _isVerified;
    private Exception? _failure;

    /// <summary>A blob that is whole and verified.</summary>
    public static GrowingBlob Complete(string path, long size)
    {
        var blob = new GrowingBlob();
        blob.Advance(path, size);
        blob.Finish(path);
        return blob;
    }

    public void Advance(string path, long available)
    {
        lock (_lock)
        {
            _path = path;
            // A restart of the download writes the same bytes again, if the registry is honest; if not, the digest tells at the end.
            _available = Math.Max(_available, available);
            Monitor.PulseAll(_lock);
        }
    }

    public void Finish(string path)
    {
        lock (_lock)
        {
            _path = path;
            _isVerified = true;
            Monitor.PulseAll(_lock);
        }
    }

    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure ??= failure;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>A blocking stream over the blob. <paramref name="read"/> is told how many bytes were read in all.</summary>
    public Stream OpenRead(Action<long> read, CancellationToken cancel) => new Reader(this, read, cancel);

    /// <summary>How many bytes may be read, at least one more than <paramref name="position"/>; null at the verified end.</summary>
    private (string Path, long Available)? WaitFor(long position, CancellationToken cancel)
    {
        lock (_lock)
        {
            while (true)
            {
                if (_failure is not null) throw new IOException("the download failed", _failure);
                if (_available > position && _path is not null) return (_path, _available);
                if (_isVerified) return null;
                cancel.ThrowIfCancellationRequested();
                Monitor.Wait(_lock, CancelPoll);
            }
        }
    }

    private sealed class Reader(GrowingBlob blob, Action<long> progress, CancellationToken cancel) : Stream
    {
        private FileDescriptor? _file;
        private long _position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            cancel.ThrowIfCancellationRequested();
            if (buffer.IsEmpty || blob.WaitFor(_position, cancel) is not { } known) return 0;
            // Not a FileStream: it would take the lock that the ingest holds.
            _file ??= FileAt.OpenAbsolute(known.Path, OpenFlags.ReadOnly);
            var length = (int)Math.Min(buffer.Length, known.Available - _position);
            var read = FileIo.ReadAt(_file, buffer[..length], _position, known.Path);
            // A download that restarts cuts its file for a moment; those bytes come again.
            if (read == 0) throw new IOException("the download was restarted");
            _position += read;
            progress(_position);
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
            if (disposing) _file?.Dispose();
            base.Dispose(disposing);
        }
    }
}
