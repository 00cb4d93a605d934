using System.Net.Sockets;

namespace Troupe.Gateway.Hosting;

#pragma warning disable CA1416 // The engine runs on Linux only (DESIGN.md 1).

/// <summary>The API's socket in the file system. Whoever may write to it is root on this node: hence mode 0660 before the first listen.</summary>
internal static class UnixSocketFile
{
    /// <summary>sun_path holds 108 bytes with its terminating zero (unix(7)).</summary>
    public const int PathLengthMax = 107;

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>
    /// Binds the path and sets its mode; nobody can connect before the caller listens. A socket file that nobody listens on is replaced.
    /// </summary>
    /// <exception cref="IOException">Somebody listens there, something else than a socket is there, or the path is too long.</exception>
    public static Socket Bind(string path)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > PathLengthMax)
        {
            throw new IOException($"socket path \"{path}\" is longer than {PathLengthMax} bytes");
        }

        MakeDirectory(path);
        RemoveStale(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, Mode);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"can't listen on unix socket {path}: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes the file away. Harmless when it is gone.</summary>
    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The directory may be gone with it; the next start replaces what is stale.
        }
    }

    private static void MakeDirectory(string path)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Directory.Exists(directory)) return;
        Directory.CreateDirectory(
            directory,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
            | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    private static void RemoveStale(string path)
    {
        if (!File.Exists(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new IOException($"{path} is in the way and is not a stale socket: {e.Message}", e);
        }

        throw new IOException($"unix socket {path} is in use: another daemon listens there");
    }

    /// <summary>connect(2) refuses regular files as well. A socket is neither readable nor a directory nor a link for .NET; its length is 0.</summary>
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return false;
        }
        catch (IOException)
        {
            // open(2) on a socket: ENXIO.
            return true;
        }
    }
}
