namespace Troupe.Linux.Events;

/// <summary>
/// Memory outside the garbage collector's heap: pages come into being when first touched and go with <see cref="Forget"/>, so that
/// an idle process stays small.
/// </summary>
public sealed unsafe class AnonymousMemory : IDisposable
{
    private byte* _start;

    /// <param name="length">Bytes; the kernel rounds up to pages.</param>
    public AnonymousMemory(int length)
    {
        // SAFETY: an anonymous private mapping anywhere; MAP_FAILED is checked.
        var start = LibcEvents.mmap(
            null, (nuint)length, LibcEvents.PROT_READ | LibcEvents.PROT_WRITE, LibcEvents.MAP_PRIVATE | LibcEvents.MAP_ANONYMOUS, -1, 0);
        if ((nint)start == -1) throw new LinuxException(Errno.Last, "mmap", $"{length} bytes");
        _start = (byte*)start;
        Length = length;
    }

    public int Length { get; }

    /// <summary>Valid until <see cref="Dispose"/>; the caller keeps no span over it.</summary>
    public Span<byte> Span => _start is null ? throw new ObjectDisposedException(nameof(AnonymousMemory)) : new Span<byte>(_start, Length);

    /// <summary>Gives the pages back; the content reads as zero from here on.</summary>
    public void Forget()
    {
        // SAFETY: exactly the mapping made in the constructor. A failure only leaves the pages.
        if (_start is not null) _ = LibcEvents.madvise(_start, (nuint)Length, LibcEvents.MADV_DONTNEED);
    }

    public void Dispose()
    {
        if (_start is null) return;
        // SAFETY: exactly the mapping made in the constructor, unmapped once.
        _ = LibcEvents.munmap(_start, (nuint)Length);
        _start = null;
    }
}
