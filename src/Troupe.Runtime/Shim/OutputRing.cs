using Troupe.Linux.Events;

namespace Troupe.Runtime.Shim;

/// <summary>
/// The last <see cref="ShimLimits.RingBytes"/> bytes of a stream, addressed by byte offset from the process's start. Memory comes with the first byte.
/// </summary>
internal sealed class OutputRing : IDisposable
{
    private const int Size = ShimLimits.RingBytes;
    private AnonymousMemory? _memory;

    /// <summary>Offset of the next byte.</summary>
    public long Head { get; private set; }

    /// <summary>Offset of the oldest byte kept.</summary>
    public long Start => Math.Max(0, Head - Size);

    /// <summary>
    /// Room for up to <paramref name="lengthMax"/> coming bytes, in one piece (maybe shorter, at the end of the memory). Writing there
    /// overwrites the oldest bytes.
    /// </summary>
    public Span<byte> WriteSpan(int lengthMax)
    {
        _memory ??= new AnonymousMemory(Size);
        var at = (int)(Head % Size);
        return _memory.Span.Slice(at, Math.Min(lengthMax, Size - at));
    }

    public void Advance(int count) => Head += count;

    /// <summary>Bytes from <paramref name="offset"/> (between Start and Head) on, in one piece of at most <paramref name="lengthMax"/>.</summary>
    public ReadOnlySpan<byte> Read(long offset, int lengthMax)
    {
        if (offset >= Head || _memory is null) return default;
        var at = (int)(offset % Size);
        return _memory.Span.Slice(at, (int)Math.Min(Math.Min(lengthMax, Size - at), Head - offset));
    }

    public void Dispose() => _memory?.Dispose();
}
