namespace Troupe.Linux.Events;

/// <summary>Reads and writes that do not block: what they return beside a byte count.</summary>
public static class IoResult
{
    /// <summary>EAGAIN: nothing to read, no room to write.</summary>
    public const int WouldBlock = -1;

    /// <summary>The other end is gone: EPIPE, ECONNRESET, or EIO of a pty whose last slave was closed.</summary>
    public const int Gone = -2;
}

/// <summary>Plain descriptor input and output. EINTR is retried here and nowhere else.</summary>
public static unsafe class DescriptorIo
{
    private const int ECONNRESET = 104;
    private const int ENOTCONN = 107;

    /// <summary>Bytes read, 0 at the end, or an <see cref="IoResult"/>.</summary>
    public static int Read(FileDescriptor descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                // SAFETY: buffer is pinned and its length is passed along.
                var count = LibcEvents.read(descriptor.Number, start, (nuint)buffer.Length);
                if (count >= 0) return (int)count;
                var errno = Errno.Last;
                if (errno == Errno.EINTR) continue;
                return Translate(errno, "read", descriptor);
            }
        }
    }

    /// <summary>Bytes written (maybe fewer than given), or an <see cref="IoResult"/>.</summary>
    public static int Write(FileDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            while (true)
            {
                // SAFETY: data is pinned and its length is passed along.
                var count = LibcEvents.write(descriptor.Number, start, (nuint)data.Length);
                if (count >= 0) return (int)count;
                var errno = Errno.Last;
                if (errno == Errno.EINTR) continue;
                return Translate(errno, "write", descriptor);
            }
        }
    }

    /// <summary>Sends two pieces as one on a socket, without SIGPIPE: bytes taken (maybe fewer), or an <see cref="IoResult"/>.</summary>
    public static int Send(FileDescriptor socket, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        fixed (byte* first = head, second = body)
        {
            var vectors = stackalloc LibcEvents.Iovec[2];
            vectors[0] = new LibcEvents.Iovec { Base = first, Length = (nuint)head.Length };
            vectors[1] = new LibcEvents.Iovec { Base = second, Length = (nuint)body.Length };
            var message = new LibcEvents.Msghdr { Iov = vectors, IovLength = 2 };
            while (true)
            {
                // SAFETY: both pieces are pinned for the call, and the vectors carry their lengths.
                var count = LibcEvents.sendmsg(socket.Number, &message, LibcEvents.MSG_NOSIGNAL | LibcEvents.MSG_DONTWAIT);
                if (count >= 0) return (int)count;
                var errno = Errno.Last;
                if (errno == Errno.EINTR) continue;
                return Translate(errno, "sendmsg", socket);
            }
        }
    }

    public static void SetNonBlocking(FileDescriptor descriptor)
    {
        var flags = LibcEvents.fcntl(descriptor.Number, LibcEvents.F_GETFL, 0);
        if (flags < 0 || LibcEvents.fcntl(descriptor.Number, LibcEvents.F_SETFL, flags | LibcEvents.O_NONBLOCK) < 0)
        {
            throw new LinuxException(Errno.Last, "fcntl", $"descriptor {descriptor.Number}");
        }
    }

    /// <summary>A second descriptor of the same open file: its own entry in an <see cref="EventPoll"/>.</summary>
    /// <param name="lowest">The copy gets this number or a higher one.</param>
    public static FileDescriptor Duplicate(FileDescriptor descriptor, int lowest)
    {
        var copy = LibcEvents.fcntl(descriptor.Number, LibcEvents.F_DUPFD_CLOEXEC, lowest);
        if (copy < 0) throw new LinuxException(Errno.Last, "fcntl", $"descriptor {descriptor.Number}");
        return new FileDescriptor(copy, ownsHandle: true);
    }

    /// <summary>A pipe; both ends close-on-exec and blocking.</summary>
    public static (FileDescriptor Read, FileDescriptor Write) Pipe()
    {
        var ends = stackalloc int[2];
        // SAFETY: the kernel writes two ints.
        if (LibcEvents.pipe2(ends, LibcEvents.O_CLOEXEC) != 0) throw new LinuxException(Errno.Last, "pipe2", "");
        return (new FileDescriptor(ends[0], ownsHandle: true), new FileDescriptor(ends[1], ownsHandle: true));
    }

    private static int Translate(Errno errno, string syscall, FileDescriptor descriptor) => errno.Value switch
    {
        11 => IoResult.WouldBlock,
        5 or 32 or ECONNRESET or ENOTCONN => IoResult.Gone,
        _ => throw new LinuxException(errno, syscall, $"descriptor {descriptor.Number}"),
    };
}
