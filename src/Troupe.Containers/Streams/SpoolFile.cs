using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Streams;

/// <summary>
/// The part of a backlog that is on disk: unlinked files of a few MiB in a row, so that what was read gives its space back while more is
/// written. Not thread-safe. Fails with <see cref="IOException"/> when the disk does.
/// </summary>
internal sealed class SpoolFile(string directory) : IDisposable
{
    private const int Head = 1 + 8 + 4; // stream, offset, length before each piece
    private const long SegmentBytes = 16 * 1024 * 1024;
    private readonly Queue<Segment> _segments = new();
    private Segment? _writing;

    /// <summary>Bytes written and not read, heads included.</summary>
    public long Length { get; private set; }

    public void Write(StreamChunk chunk)
    {
        if (_writing is null || _writing.End >= SegmentBytes)
        {
            _writing = new Segment(Open());
            _segments.Enqueue(_writing);
        }
        var length = Head + chunk.Data.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            buffer[0] = (byte)chunk.Stream;
            BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(1), chunk.Offset);
            BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(9), chunk.Data.Length);
            chunk.Data.Span.CopyTo(buffer.AsSpan(Head));
            RandomAccess.Write(_writing.File, buffer.AsSpan(0, length), _writing.End);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        _writing.End += length;
        Length += length;
    }

    /// <summary>The oldest piece, its data in a rented buffer that the caller gives back; false when there is none.</summary>
    public bool TryRead(out StdStream stream, out long offset, out byte[] buffer, out int length)
    {
        (stream, offset, buffer, length) = (default, 0, [], 0);
        if (Length == 0) return false;
        var segment = _segments.Peek();
        Span<byte> head = stackalloc byte[Head];
        RandomAccess.Read(segment.File, head, segment.Start);
        stream = (StdStream)head[0];
        offset = BinaryPrimitives.ReadInt64LittleEndian(head[1..]);
        length = BinaryPrimitives.ReadInt32LittleEndian(head[9..]);
        buffer = ArrayPool<byte>.Shared.Rent(length);
        RandomAccess.Read(segment.File, buffer.AsSpan(0, length), segment.Start + Head);
        segment.Start += Head + length;
        Length -= Head + length;
        if (segment.Start == segment.End && (segment != _writing || Length == 0)) DropFirst();
        return true;
    }

    public void Dispose()
    {
        while (_segments.Count > 0) DropFirst();
    }

    private void DropFirst()
    {
        var segment = _segments.Dequeue();
        if (segment == _writing) _writing = null;
        segment.File.Dispose();
    }

    private SafeFileHandle Open()
    {
        // The daemon makes this directory 0700; the file has its name only for a moment.
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, $"attach-{Guid.NewGuid():N}.spool");
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
        File.Delete(path);
        return file;
    }

    private sealed class Segment(SafeFileHandle file)
    {
        public SafeFileHandle File { get; } = file;

        public long Start { get; set; }

        public long End { get; set; }
    }
}
