using System.Buffers.Binary;

namespace Troupe.Linux.Events;

/// <summary>Conditions of epoll(7). Error and HangUp are always reported.</summary>
[Flags]
public enum PollConditions
{
    None = 0,
    Readable = 0x001,
    Writable = 0x004,
    Error = 0x008,
    HangUp = 0x010,
    PeerClosed = 0x2000,
}

/// <summary>One ready descriptor: the token it was added with and what is ready.</summary>
public readonly record struct PollEvent(int Token, PollConditions Conditions);

/// <summary>An epoll instance, level-triggered. For one thread.</summary>
public sealed unsafe class EventPoll : IDisposable
{
    private const int BatchMax = 32;
    private readonly FileDescriptor _epoll;
    private readonly byte[] _batch = new byte[BatchMax * 16];

    public EventPoll()
    {
        var fd = LibcEvents.epoll_create1(LibcEvents.EPOLL_CLOEXEC);
        if (fd < 0) throw new LinuxException(Errno.Last, "epoll_create1", "");
        _epoll = new FileDescriptor(fd, ownsHandle: true);
    }

    public void Add(FileDescriptor descriptor, PollConditions conditions, int token) =>
        Control(LibcEvents.EPOLL_CTL_ADD, descriptor, conditions, token);

    public void Change(FileDescriptor descriptor, PollConditions conditions, int token) =>
        Control(LibcEvents.EPOLL_CTL_MOD, descriptor, conditions, token);

    /// <summary>Takes a descriptor out. Do it before closing: a duplicate elsewhere would keep it in.</summary>
    public void Remove(FileDescriptor descriptor) => Control(LibcEvents.EPOLL_CTL_DEL, descriptor, PollConditions.None, 0);

    /// <summary>Waits at most <paramref name="timeoutMs"/> (-1: for ever) and fills <paramref name="events"/>; 0 after the time or a signal.</summary>
    public int Wait(Span<PollEvent> events, int timeoutMs)
    {
        var size = LibcEvents.EpollEventSize;
        int count;
        fixed (byte* batch = _batch)
        {
            // SAFETY: the batch holds BatchMax events of the largest layout (16 bytes), and no more are asked for.
            count = LibcEvents.epoll_wait(_epoll.Number, batch, Math.Min(BatchMax, events.Length), timeoutMs);
        }
        if (count < 0)
        {
            if (Errno.Last == Errno.EINTR) return 0;
            throw new LinuxException(Errno.Last, "epoll_wait", "");
        }
        for (var i = 0; i < count; i++)
        {
            var raw = _batch.AsSpan(i * size, size);
            events[i] = new PollEvent(
                BinaryPrimitives.ReadInt32LittleEndian(raw[(size - 8)..]),
                (PollConditions)BinaryPrimitives.ReadUInt32LittleEndian(raw));
        }
        return count;
    }

    public void Dispose() => _epoll.Dispose();

    private void Control(int operation, FileDescriptor descriptor, PollConditions conditions, int token)
    {
        var size = LibcEvents.EpollEventSize;
        var raw = stackalloc byte[16];
        new Span<byte>(raw, 16).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(raw, 4), (uint)conditions);
        BinaryPrimitives.WriteInt32LittleEndian(new Span<byte>(raw + size - 8, 4), token);
        // SAFETY: raw is as large as any epoll_event and filled by its layout; the kernel copies it.
        if (LibcEvents.epoll_ctl(_epoll.Number, operation, descriptor.Number, raw) != 0)
        {
            throw new LinuxException(Errno.Last, "epoll_ctl", $"descriptor {descriptor.Number}");
        }
    }
}
