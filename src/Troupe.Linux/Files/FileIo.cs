using System.Runtime.InteropServices;

namespace Troupe.Linux.Files;

/// <summary>Calls on an open file. Failures are <see cref="LinuxException"/>.</summary>
public static unsafe class FileIo
{
    private const int SeekSet = 0;

    /// <summary>Writes all bytes at the file's position.</summary>
    public static void Write(FileDescriptor file, ReadOnlySpan<byte> bytes, string subject)
    {
        // SAFETY: the span is pinned for the call and the kernel reads at most its length.
        fixed (byte* start = bytes)
        {
            nint done = 0;
            while (done < bytes.Length)
            {
                var written = Libc.write(file.Number, start + done, (nuint)(bytes.Length - done));
                if (written >= 0) done += written;
                else if (Errno.Last != Errno.EINTR) throw new LinuxException(Errno.Last, "write", subject);
            }
        }
    }

    /// <summary>Reads up to the span's length at an offset; 0 at the end of the file.</summary>
    public static int ReadAt(FileDescriptor file, Span<byte> bytes, long offset, string subject)
    {
        fixed (byte* start = bytes)
        {
            while (true)
            {
                var read = Libc.pread(file.Number, start, (nuint)bytes.Length, offset);
                if (read >= 0) return (int)read;
                if (Errno.Last != Errno.EINTR) throw new LinuxException(Errno.Last, "pread", subject);
            }
        }
    }

    public static void Seek(FileDescriptor file, long offset, string subject)
    {
        if (Libc.lseek(file.Number, offset, SeekSet) < 0) throw new LinuxException(Errno.Last, "lseek", subject);
    }

    public static void Truncate(FileDescriptor file, long length, string subject) => Check(Libc.ftruncate(file.Number, length), "ftruncate", subject);

    public static Errno TryChangeOwner(FileDescriptor file, uint uid, uint gid) => Result(Libc.fchown(file.Number, uid, gid));

    public static Errno TryChangeMode(FileDescriptor file, uint mode) => Result(Libc.fchmod(file.Number, mode));

    /// <summary>Sets access and modification time.</summary>
    public static Errno TrySetTimes(FileDescriptor file, FileTime modified)
    {
        var times = stackalloc Timespec[2];
        times[0] = times[1] = new Timespec { Seconds = modified.Seconds, Nanoseconds = modified.Nanoseconds };
        // SAFETY: the two times live on this frame until the call returns.
        return Result(Libc.futimens(file.Number, times));
    }

    /// <param name="attribute">Name without a NUL inside.</param>
    public static Errno TrySetAttribute(FileDescriptor file, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        Span<byte> key = stackalloc byte[attribute.Length + 1];
        attribute.CopyTo(key);
        key[attribute.Length] = 0;
        fixed (byte* k = key)
        fixed (byte* v = value)
            return Result(Libc.fsetxattr(file.Number, k, v, (nuint)value.Length, 0));
    }

    /// <summary>Makes content and length durable. Blocks for as long as the disk takes.</summary>
    public static void Sync(FileDescriptor file, string subject) => Check(Libc.fsync(file.Number), "fsync", subject);

    /// <summary>Makes everything written to the file system of this descriptor durable. Blocks for as long as the disk takes.</summary>
    public static void SyncFileSystem(FileDescriptor file, string subject) => Check(Libc.syncfs(file.Number), "syncfs", subject);

    /// <summary>Makes a directory's entries durable.</summary>
    public static void SyncDirectory(string path)
    {
        using var directory = FileAt.OpenAbsolute(path, OpenFlags.Directory);
        Sync(directory, path);
    }

    private static void Check(int result, string syscall, string subject)
    {
        if (result < 0) throw new LinuxException(Errno.Last, syscall, subject);
    }

    private static Errno Result(int result) => result < 0 ? Errno.Last : default;
}
