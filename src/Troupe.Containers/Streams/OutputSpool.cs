using System.Buffers;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Streams;

/// <summary>
/// The backlog of one attach client: memory first, then an unlinked file, then an end. One writer (the pump that empties the shim's
/// socket at once) and one reader (the client). Order is kept: while the file holds unread bytes, new ones go to the file too.
/// </summary>
internal sealed class OutputSpool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<Piece> _pieces = new();
    private readonly SpoolFile _file;
    private readonly int _memoryMax;
    private readonly long _fileMax;
    private Piece? _last;
    private byte[]? _lent;
    private int _inMemory;
    private bool _completed;
    private bool _disposed;
    private Exception? _failure;
    private TaskCompletionSource? _arrived;

    public OutputSpool(string directory, int memoryMax, long fileMax)
    {
        _file = new SpoolFile(directory);
        _memoryMax = memoryMax;
        _fileMax = fileMax;
    }

    /// <summary>Bytes waiting for the client, those in the file included.</summary>
    public long Backlog
    {
        get
        {
            lock (_lock) return _inMemory + _file.Length;
        }
    }

    /// <summary>Takes a copy of the chunk. False when the client is too far behind: the spool is failed then. Never blocks on the client.</summary>
    public bool TryAppend(StreamChunk chunk)
    {
        lock (_lock)
        {
            if (_disposed || _completed) return false;
            var fits = _file.Length == 0 && _inMemory + chunk.Data.Length <= _memoryMax;
            if (fits) Keep(chunk);
            else if (!TrySpill(chunk)) return false;
            Signal();
            return true;
        }
    }

    /// <summary>No more comes: the reader gets what is there, then the end, or the failure.</summary>
    public void Complete(Exception? failure)
    {
        lock (_lock)
        {
            if (_completed) return;
            _completed = true;
            _failure = failure;
            Signal();
        }
    }

    /// <summary>The next piece, valid until the next call; null at the end.</summary>
    public async ValueTask<StreamChunk?> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                if (_lent is not null) ArrayPool<byte>.Shared.Return(_lent);
                _lent = null;
                if (_pieces.TryDequeue(out var piece) || TryUnspill(out piece)) return Lend(piece);
                if (_failure is not null) throw _failure;
                if (_completed || _disposed) return null;
                _arrived ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrived = _arrived.Task;
            }
            await arrived.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            _completed = true;
            foreach (var piece in _pieces) ArrayPool<byte>.Shared.Return(piece.Buffer);
            _pieces.Clear();
            _last = null;
            _file.Dispose();
            Signal();
        }
    }

    private void Keep(StreamChunk chunk)
    {
        var data = chunk.Data.Span;
        if (_last is { } last && last.Stream == chunk.Stream && last.Offset + last.Length == chunk.Offset)
        {
            // Small writes of a process share a buffer: a million one-byte chunks must not cost a million buffers.
            var more = Math.Min(data.Length, last.Buffer.Length - last.Length);
            data[..more].CopyTo(last.Buffer.AsSpan(last.Length));
            last.Length += more;
            _inMemory += more;
            data = data[more..];
            if (data.Length == 0) return;
        }
        var piece = new Piece
        {
            Stream = chunk.Stream,
            Offset = chunk.Offset + chunk.Data.Length - data.Length,
            Buffer = ArrayPool<byte>.Shared.Rent(Math.Max(4096, data.Length)),
            Length = data.Length,
        };
        data.CopyTo(piece.Buffer);
        _pieces.Enqueue(piece);
        _inMemory += data.Length;
        _last = piece;
    }

    private StreamChunk Lend(Piece piece)
    {
        if (piece == _last) _last = null;
        if (!piece.FromFile) _inMemory -= piece.Length;
        _lent = piece.Buffer;
        return new StreamChunk(piece.Stream, piece.Offset, piece.Buffer.AsMemory(0, piece.Length));
    }

    private bool TrySpill(StreamChunk chunk)
    {
        if (_file.Length + chunk.Data.Length > _fileMax)
        {
            return Cut($"the attached client is more than {_fileMax >> 20} MiB behind and was cut off");
        }
        try
        {
            _file.Write(chunk);
            return true;
        }
        catch (IOException full)
        {
            return Cut($"the attached client's backlog can't be kept: {full.Message}");
        }
    }

    private bool Cut(string reason)
    {
        _completed = true;
        _failure = new IOException(reason);
        Signal();
        return false;
    }

    private bool TryUnspill(out Piece piece)
    {
        piece = null!;
        if (!_file.TryRead(out var stream, out var offset, out var buffer, out var length)) return false;
        piece = new Piece { Stream = stream, Offset = offset, Buffer = buffer, Length = length, FromFile = true };
        return true;
    }

    private void Signal()
    {
        _arrived?.TrySetResult();
        _arrived = null;
    }

    private sealed class Piece
    {
        public required StdStream Stream { get; init; }

        public required long Offset { get; init; }

        public required byte[] Buffer { get; init; }

        public int Length { get; set; }

        public bool FromFile { get; init; }
    }
}
