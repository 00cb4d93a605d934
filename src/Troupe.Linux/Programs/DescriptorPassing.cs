using System.Runtime.InteropServices;

namespace Troupe.Linux.Programs;

/// <summary>One descriptor over a unix socket (SCM_RIGHTS): the message for a child's list, and the receiving side.</summary>
public static unsafe partial class DescriptorPassing
{
    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int ControlLength = 24; // CMSG_SPACE(sizeof(int))

    /// <summary>A connected pair of stream sockets, close-on-exec.</summary>
    public static (FileDescriptor Parent, FileDescriptor Child) NewPair()
    {
        var ends = stackalloc int[2];
        if (socketpair(1, 1 | Kernel.SOCK_CLOEXEC, 0, ends) != 0) throw new LinuxException(Errno.Last, "socketpair", "");
        return (new FileDescriptor(ends[0], ownsHandle: true), new FileDescriptor(ends[1], ownsHandle: true));
    }

    /// <summary>A struct msghdr that carries one byte and one descriptor, whose number is to be stored at <paramref name="place"/>.</summary>
    public static byte* NewMessage(NativeArena arena, out int* place)
    {
        var control = arena.Allocate(ControlLength);
        *(nuint*)control = 20; // CMSG_LEN(sizeof(int))
        *(int*)(control + 8) = SolSocket;
        *(int*)(control + 12) = ScmRights;
        place = (int*)(control + 16);
        var vector = arena.Allocate(16);
        *(byte**)vector = arena.Allocate(1);
        *(nuint*)(vector + 8) = 1;
        var message = arena.Allocate(56);
        *(byte**)(message + 16) = vector;
        *(nuint*)(message + 24) = 1;
        *(byte**)(message + 32) = control;
        *(nuint*)(message + 40) = ControlLength;
        return message;
    }

    /// <summary>Sends one descriptor with one byte.</summary>
    public static void Send(FileDescriptor socket, FileDescriptor descriptor)
    {
        using var arena = new NativeArena();
        var message = NewMessage(arena, out var place);
        *place = descriptor.Number;
        if (sendmsg(socket.Number, message, 0x4000) != 1) throw new LinuxException(Errno.Last, "sendmsg", "descriptor");
        GC.KeepAlive(descriptor);
    }

    /// <summary>Receives one descriptor; null when the other end was closed without sending one.</summary>
    public static FileDescriptor? Receive(FileDescriptor socket)
    {
        const int cmsgCloexec = 0x40000000;
        using var arena = new NativeArena();
        var message = NewMessage(arena, out var place);
        *place = -1;
        nint count;
        do count = recvmsg(socket.Number, message, cmsgCloexec);
        while (count < 0 && Errno.Last == Errno.EINTR);
        if (count < 0) throw new LinuxException(Errno.Last, "recvmsg", "descriptor");
        // msg_controllen was set to what came.
        return count == 0 || *(nuint*)(message + 40) < 20 ? null : new FileDescriptor(*place, ownsHandle: true);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int socket, byte* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int socket, byte* message, int flags);
}
