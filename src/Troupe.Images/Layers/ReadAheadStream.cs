using System.Collections.Concurrent;

namespace Troupe.Images.Layers;

/// <summary>
/// Reads its source on a thread of its own into a few buffers, so that inflating and writing files run at the same time. One reader.
/// Failures of the source come out of <see cref="Read(Span{byte})"/>.
/// </summary>
internal sealed class ReadAheadStream : Stream
{
    private const int BufferSize = 256 * 1024;
    private const int BufferCount = 8;

    private readonly Stream _source;
    private readonly BlockingCollection<byte[]> _free = new(BufferCount);
    private readonly BlockingCollection<(byte[]? Buffer, int Length, Exception? Failure)> _filled = new(BufferCount + 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private byte[]? _current;
    private int _start;
    private int _end;
    private bool _isAtEnd;

    public ReadAheadStream(Stream source)
    {
        _source = source;
        for (var i = 0; i < BufferCount; i++) _free.Add(new byte[BufferSize]);
        _thread = new Thread(Fill) { IsBackground = true, Name = "troupe-inflate" };
        _thread.Start();
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end && !Advance()) return 0;
        var length = Math.Min(buffer.Length, _end - _start);
        _current.AsSpan(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    private bool Advance()
    {
        if (_isAtEnd) return false;
        if (_current is not null) _free.Add(_current);
        _current = null;
        var (buffer, length, failure) = _filled.Take();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        _isAtEnd = buffer is null;
        (_current, _start, _end) = (buffer, 0, length);
        return !_isAtEnd;
    }

    private void Fill()
    {
        try
        {
            while (true)
            {
                var buffer = _free.Take(_stop.Token);
                var length = _source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                if (length > 0) _filled.Add((buffer, length, null));
                if (length < buffer.Length) break;
            }

            _filled.Add((null, 0, null));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The reader has gone.
        }
#pragma warning disable CA1031 // Whatever fails on this thread belongs to the reader; on the thread it would end the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _filled.Add((null, 0, e));
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Waits for the thread: the source may be closed afterwards. Precondition: the source's reads end (or were cancelled).</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Cancel();
            _thread.Join();
            _free.Dispose();
            _filled.Dispose();
            _stop.Dispose();
        }

        base.Dispose(disposing);
    }
}
