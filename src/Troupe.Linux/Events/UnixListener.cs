using System.Text;

namespace Troupe.Linux.Events;

/// <summary>A listening unix stream socket, non-blocking, reachable by its owner only (0600).</summary>
public static unsafe class UnixListener
{
    /// <summary>sun_path holds 108 bytes, the terminating zero included.</summary>
    public const int PathMax = 107;

    /// <summary>Binds and listens. A stale socket file of that name is replaced; the caller knows by other means that nobody listens on it.</summary>
    public static FileDescriptor Listen(string path, int backlog)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length > PathMax) throw new LinuxException(Errno.ENAMETOOLONG, "bind", path);
        var fd = LibcEvents.socket(
            LibcEvents.AF_UNIX, LibcEvents.SOCK_STREAM | LibcEvents.SOCK_NONBLOCK | LibcEvents.SOCK_CLOEXEC, 0);
        if (fd < 0) throw new LinuxException(Errno.Last, "socket", path);
        var socket = new FileDescriptor(fd, ownsHandle: true);
        var address = stackalloc byte[2 + PathMax + 1];
        new Span<byte>(address, 2 + PathMax + 1).Clear();
        address[0] = LibcEvents.AF_UNIX;
        bytes.CopyTo(new Span<byte>(address + 2, PathMax));
        LibcEvents.unlink(path); // absent is the usual case
        var before = LibcEvents.umask(0b001_111_111); // the socket file is made with 0600: no moment in which others can connect
        // SAFETY: address is a zeroed sockaddr_un with a path that leaves room for its terminating zero.
        var bound = LibcEvents.bind(fd, address, (uint)(2 + bytes.Length + 1));
        var errno = Errno.Last;
        LibcEvents.umask(before);
        if (bound == 0 && LibcEvents.listen(fd, backlog) == 0) return socket;
        if (bound == 0) errno = Errno.Last;
        socket.Dispose();
        throw new LinuxException(errno, "bind", path);
    }

    /// <summary>The next waiting connection, non-blocking; null when there is none (any more) or descriptors are short.</summary>
    public static FileDescriptor? TryAccept(FileDescriptor listener)
    {
        while (true)
        {
            // SAFETY: no address is asked for.
            var fd = LibcEvents.accept4(listener.Number, null, null, LibcEvents.SOCK_NONBLOCK | LibcEvents.SOCK_CLOEXEC);
            if (fd >= 0) return new FileDescriptor(fd, ownsHandle: true);
            if (Errno.Last != Errno.EINTR) return null;
        }
    }
}
