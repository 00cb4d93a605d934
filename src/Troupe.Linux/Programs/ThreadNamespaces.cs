using System.Runtime.InteropServices;

namespace Troupe.Linux.Programs;

/// <summary>setns(2) of the calling thread.</summary>
public static partial class ThreadNamespaces
{
    /// <summary>Precondition: the thread is thrown away afterwards.</summary>
    /// <param name="target">A namespace's descriptor, or a pidfd with the wanted types (Linux 5.8).</param>
    public static void Enter(FileDescriptor target, ulong types)
    {
        if (setns(target.Number, (int)types) != 0) throw new LinuxException(Errno.Last, "setns", "");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int type);
}
