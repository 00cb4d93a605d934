using System.Net.Sockets;
using Troupe.Linux;
using Troupe.Linux.Programs;
using Troupe.Runtime.Containers;

namespace Troupe.Runtime.Verbs;

/// <summary>--console-socket: the pty's master goes to whoever listens there, by SCM_RIGHTS.</summary>
internal static class ConsoleSocket
{
    public static void Send(string path, FileDescriptor master)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e)
        {
            throw new RuntimeException($"console socket {path}: {e.Message}", default, 128, e);
        }

        using var descriptor = new FileDescriptor(socket.Handle, ownsHandle: false);
        DescriptorPassing.Send(descriptor, master);
    }
}
