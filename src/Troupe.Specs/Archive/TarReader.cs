namespace Troupe.Specs.Archive;

/// <summary>
/// Reads a tar archive once, front to back: v7, ustar, GNU (long names, base-256 numbers, sparse files) and pax (binary attributes,
/// sparse 0.0, 0.1 and 1.0). System.Formats.Tar destroys binary attributes and fails on sparse files. Bodies are handed out as spans
/// over the reader's own buffer: no copy. Not thread-safe.
/// </summary>
public sealed class TarReader : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly Stream _source;
    private readonly bool _keepsRawHeaders;
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly List<byte> _raw = [];
    private readonly PaxRecords _global = new();
    private int _start;
    private int _end;
    private int _headerBytes;
    private long _bodyLeft;
    private int _padding;

    /// <param name="source">Stays the caller's; it is read to the archive's end mark, and a little beyond into the buffer.</param>
    public TarReader(Stream source, bool keepsRawHeaders)
    {
        _source = source;
        _keepsRawHeaders = keepsRawHeaders;
    }

    /// <summary>The next entry, or null at the end. What is left of the body before it is passed over.</summary>
    /// <exception cref="TarFormatException">Not a tar archive, cut off, or beyond <see cref="TarLimits"/>.</exception>
    public TarEntry? Next()
    {
        SkipBody();
        _raw.Clear();
        _headerBytes = 0;
        var extensions = new TarExtensions(_global);
        while (true)
        {
            if (!TryFill(TarHeader.BlockSize))
            {
                if (_end == _start && !extensions.IsPending) return null;
                throw new TarFormatException("unexpected end of the archive");
            }

            var block = _buffer.AsSpan(_start, TarHeader.BlockSize);
            if (block.IndexOfAnyExcept((byte)0) < 0) return extensions.IsPending ? throw new TarFormatException("extension without an entry") : End();
            if (!TarHeader.IsChecksumRight(block)) throw new TarFormatException("invalid tar header");
            if (TarExtensions.IsExtension(TarHeader.Type(block)))
            {
                ReadExtension(extensions);
                continue;
            }

            return ReadEntry(extensions);
        }
    }

    /// <summary>The next stretch of the current entry's body, or empty at its end. Valid until the next call.</summary>
    public ReadOnlySpan<byte> NextBody()
    {
        if (_bodyLeft == 0) return [];
        if (_start == _end && !TryFill(1)) throw new TarFormatException("unexpected end of a file");
        var length = (int)Math.Min(_bodyLeft, _end - _start);
        var chunk = _buffer.AsSpan(_start, length);
        _start += length;
        _bodyLeft -= length;
        return chunk;
    }

    /// <summary>Reads the source to its end: the bytes after the end mark belong to the layer's digest.</summary>
    public void Drain()
    {
        _start = _end = 0;
        while (_source.Read(_buffer) > 0)
        {
        }
    }

    public void Dispose() => _bodyLeft = 0;

    private TarEntry? End()
    {
        _bodyLeft = 0;
        return null;
    }

    private TarEntry ReadEntry(TarExtensions extensions)
    {
        var entry = extensions.Apply(TakeBlock());
        _bodyLeft = entry.Size;
        _padding = (int)(-entry.Size & (TarHeader.BlockSize - 1));
        if (TarSparse.IsGnu(entry, extensions)) entry = ReadGnuSparse(entry, extensions);
        else if (TarSparse.IsPax1(extensions)) entry = ReadPaxSparse(entry);
        return _keepsRawHeaders ? entry with { RawHeaders = _raw.ToArray() } : entry;
    }

    private TarEntry ReadGnuSparse(TarEntry entry, TarExtensions extensions)
    {
        var map = new TarSparse();
        var isExtended = map.AddHeader(extensions.Block);
        while (isExtended)
        {
            if (!TryFill(TarHeader.BlockSize)) throw new TarFormatException("unexpected end of a sparse map");
            isExtended = map.AddContinuation(TakeBlock());
        }

        return entry with { Sparse = map.Finish(entry.Size, map.RealSize), RealSize = map.RealSize };
    }

    /// <summary>Sparse 1.0: the map is decimal text in the first blocks of the body.</summary>
    private TarEntry ReadPaxSparse(TarEntry entry)
    {
        var map = new TarSparse();
        while (!map.IsTextComplete)
        {
            if (_bodyLeft < TarHeader.BlockSize || !TryFill(TarHeader.BlockSize)) throw new TarFormatException("unexpected end of a sparse map");
            _bodyLeft -= TarHeader.BlockSize;
            map.AddText(TakeBlock());
        }

        var size = _bodyLeft;
        return entry with { Size = size, Sparse = map.Finish(size, entry.RealSize) };
    }

    private void ReadExtension(TarExtensions extensions)
    {
        var block = TakeBlock().ToArray();
        if (!TarHeader.TryNumber(TarHeader.Size(block), out var size) || size is < 0 or > TarLimits.ExtensionBytesMax)
            throw new TarFormatException("extension header too large");
        var body = new byte[size];
        ReadExactly(body);
        Keep(body);
        SkipPadding((int)(-size & (TarHeader.BlockSize - 1)), isHeader: true);
        extensions.Add(TarHeader.Type(block), body);
    }

    private ReadOnlySpan<byte> TakeBlock()
    {
        var block = _buffer.AsSpan(_start, TarHeader.BlockSize);
        Keep(block);
        _start += TarHeader.BlockSize;
        return block;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _headerBytes += bytes.Length;
        if (_headerBytes > TarLimits.HeaderBytesMax) throw new TarFormatException("too many extension headers");
        if (_keepsRawHeaders) _raw.AddRange(bytes);
    }

    private void SkipBody()
    {
        while (_bodyLeft > 0) NextBody();
        SkipPadding(_padding, isHeader: false);
        _padding = 0;
    }

    private void SkipPadding(int length, bool isHeader)
    {
        if (length == 0) return;
        if (!TryFill(length)) throw new TarFormatException("unexpected end of the archive");
        if (isHeader) Keep(_buffer.AsSpan(_start, length));
        _start += length;
    }

    private void ReadExactly(Span<byte> target)
    {
        while (target.Length > 0)
        {
            if (_start == _end && !TryFill(1)) throw new TarFormatException("unexpected end of an extension header");
            var length = Math.Min(target.Length, _end - _start);
            _buffer.AsSpan(_start, length).CopyTo(target);
            _start += length;
            target = target[length..];
        }
    }

    /// <summary>At least <paramref name="length"/> bytes in the buffer; false at the end of the source.</summary>
    private bool TryFill(int length)
    {
        if (_end - _start >= length) return true;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        while (_end < length)
        {
            var read = _source.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0) return false;
            _end += read;
        }

        return true;
    }
}
