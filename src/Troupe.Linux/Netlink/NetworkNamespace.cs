using System.Runtime.ExceptionServices;

namespace Troupe.Linux.Netlink;

/// <summary>
/// A network namespace held open by a descriptor: it lives at least as long as this object. Nothing is made in the file system.
/// </summary>
public sealed class NetworkNamespace : IDisposable
{
    private NetworkNamespace(FileDescriptor handle) => Handle = handle;

    public FileDescriptor Handle { get; }

    /// <summary>The same text for the same namespace, e.g. <c>net:[4026531840]</c>, for as long as it lives.</summary>
    public string Identity =>
        new FileInfo($"/proc/self/fd/{Handle.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)}").LinkTarget
        ?? throw new LinuxException(Errno.EBADF, "readlink", "a network namespace");

    /// <summary>The namespace of a process. Fails ENOENT or ESRCH when the process is gone.</summary>
    public static NetworkNamespace OfProcess(int pid) =>
        new(OpenPath($"/proc/{pid.ToString(System.Globalization.CultureInfo.InvariantCulture)}/ns/net"));

    /// <summary>The namespace of the calling thread.</summary>
    public static NetworkNamespace Current() => new(OpenPath("/proc/thread-self/ns/net"));

    /// <summary>A new, empty namespace (loopback down) that goes with this object and its last process. Needs CAP_SYS_ADMIN.</summary>
    public static NetworkNamespace Create() => OnOwnThread(() =>
    {
        if (NetLibc.unshare(NetLibc.CLONE_NEWNET) < 0) throw new LinuxException(Errno.Last, "unshare", "CLONE_NEWNET");
        return Current();
    });

    /// <summary>
    /// Runs the work on a fresh OS thread inside this namespace and throws the thread away: a thread that was moved never returns to a
    /// pool. What the work opens (sockets, files of /proc/sys/net) stays bound to the namespace. Blocks the caller for as long as it runs.
    /// </summary>
    public T Run<T>(Func<T> work) => OnOwnThread(() =>
    {
        if (NetLibc.setns(Handle, NetLibc.CLONE_NEWNET) < 0) throw new LinuxException(Errno.Last, "setns", "CLONE_NEWNET");
        return work();
    });

    public void Dispose() => Handle.Dispose();

    private static T OnOwnThread<T>(Func<T> work)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(
            () =>
            {
                // The thread's caller gets whatever happened: an exception that leaves a thread ends the process.
                try
                {
                    result = work();
                }
                catch (Exception exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }
            },
            NetlinkLimits.NamespaceThreadStackBytes)
        { IsBackground = true, Name = "netns" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private static FileDescriptor OpenPath(string path)
    {
        while (true)
        {
            var fd = NetLibc.open(path, NetLibc.O_RDONLY | NetLibc.O_CLOEXEC);
            if (fd >= 0) return new FileDescriptor(fd, ownsHandle: true);
            var errno = Errno.Last;
            if (errno != Errno.EINTR) throw new LinuxException(errno, "open", $"\"{path}\"");
        }
    }
}
