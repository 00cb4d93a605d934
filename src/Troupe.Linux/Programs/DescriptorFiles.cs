using System.Runtime.InteropServices;

namespace Troupe.Linux.Programs;

/// <summary>Opens files of the engine's own choosing (kernel file systems, state directories), without buffering.</summary>
public static unsafe partial class DescriptorFiles
{
    /// <param name="flags">O_* of <see cref="Kernel"/>.</param>
    public static FileDescriptor Open(string path, int flags, uint mode = 0)
    {
        using var arena = new NativeArena();
        nint fd;
        do fd = openat(Kernel.AT_FDCWD, arena.Text(path), flags | Kernel.O_CLOEXEC, mode);
        while (fd < 0 && Errno.Last == Errno.EINTR);
        return fd < 0 ? throw new LinuxException(Errno.Last, "openat", path) : new FileDescriptor(fd, ownsHandle: true);
    }

    /// <summary>Errno 0 when it is removed.</summary>
    public static Errno RemoveDirectory(string path)
    {
        using var arena = new NativeArena();
        return rmdir(arena.Text(path)) == 0 ? default : Errno.Last;
    }

    public static void MakeFifo(string path, uint mode)
    {
        using var arena = new NativeArena();
        if (mkfifo(arena.Text(path), mode) != 0) throw new LinuxException(Errno.Last, "mkfifo", path);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int dirfd, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int rmdir(byte* path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkfifo(byte* path, uint mode);
}
