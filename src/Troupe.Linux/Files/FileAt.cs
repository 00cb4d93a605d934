using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Troupe.Linux.Files;

/// <summary>
/// Files by name relative to an open directory. Names are bytes, as the kernel sees them, without the closing NUL; a name is one
/// component unless said otherwise, so that no symbolic link is followed on the way. Failures are <see cref="LinuxException"/>.
/// </summary>
public static unsafe class FileAt
{
    private const int AtFdCwd = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const int AtRemoveDirectory = 0x200;
    private const int AtEmptyPath = 0x1000;
    private const int CloseOnExec = 0x80000;
    private const uint StatxBasic = 0x7ff;
    private const int PathMax = 4096;

    /// <summary>Opens an absolute path of the engine's own, never one that an image or a container chose.</summary>
    public static FileDescriptor OpenAbsolute(string path, OpenFlags flags, uint mode = 0)
    {
        if (!Path.IsPathRooted(path)) throw new ArgumentException("The path must be absolute.", nameof(path));
        var bytes = Encoding.UTF8.GetBytes(path);
        return TryOpen(AtFdCwd, bytes, flags, mode, out var fd) is var errno && fd is not null ? fd : throw new LinuxException(errno, "openat", path);
    }

    public static FileDescriptor Open(FileDescriptor directory, ReadOnlySpan<byte> name, OpenFlags flags, uint mode = 0) =>
        TryOpen(directory, name, flags, mode, out var fd) is var errno && fd is not null ? fd : throw Failure(errno, "openat", name);

    /// <summary>Errno 0 and a descriptor, or the errno and null.</summary>
    public static Errno TryOpen(FileDescriptor directory, ReadOnlySpan<byte> name, OpenFlags flags, uint mode, out FileDescriptor? fd) =>
        TryOpen(directory.Number, name, flags, mode, out fd);

    private static Errno TryOpen(int directory, ReadOnlySpan<byte> name, OpenFlags flags, uint mode, out FileDescriptor? fd)
    {
        fd = null;
        if (name.Length >= PathMax) return Errno.ENAMETOOLONG;
        Span<byte> buffer = stackalloc byte[name.Length + 1];
        // SAFETY: the buffer is NUL-terminated and lives until the call returns.
        fixed (byte* path = Terminate(name, buffer))
        {
            int result;
            do result = Libc.openat(directory, path, Native(flags) | CloseOnExec, mode);
            while (result < 0 && Errno.Last == Errno.EINTR);
            if (result < 0) return Errno.Last;
            fd = new FileDescriptor(result, ownsHandle: true);
            return default;
        }
    }

    /// <summary>Opens a path of several components below a directory by openat2(2), which holds it inside by <paramref name="resolve"/>.</summary>
    public static Errno TryOpenInside(
        FileDescriptor directory, ReadOnlySpan<byte> path, OpenFlags flags, ResolveFlags resolve, out FileDescriptor? fd)
    {
        fd = null;
        if (path.Length >= PathMax) return Errno.ENAMETOOLONG;
        Span<byte> buffer = stackalloc byte[path.Length + 1];
        var how = new OpenHow { Flags = (ulong)(Native(flags) | CloseOnExec), Resolve = (ulong)resolve };
        // SAFETY: the buffer is NUL-terminated, the struct is the kernel's 24 bytes, and both live until the call returns.
        fixed (byte* p = Terminate(path, buffer))
        {
            nint result;
            do result = Libc.syscall(Libc.SysOpenat2, directory.Number, (nint)p, (nint)(&how), sizeof(OpenHow));
            while (result < 0 && (Errno.Last == Errno.EINTR || Errno.Last == Errno.EAGAIN));
            if (result < 0) return Errno.Last;
            fd = new FileDescriptor(result, ownsHandle: true);
            return default;
        }
    }

    public static Errno TryMakeDirectory(FileDescriptor directory, ReadOnlySpan<byte> name, uint mode)
    {
        Span<byte> buffer = stackalloc byte[CheckedLength(name)];
        fixed (byte* path = Terminate(name, buffer)) return Result(Libc.mkdirat(directory.Number, path, mode));
    }

    /// <param name="kind">Fifo, CharacterDevice or BlockDevice.</param>
    public static Errno TryMakeNode(FileDescriptor directory, ReadOnlySpan<byte> name, FileKind kind, uint mode, uint major, uint minor)
    {
        Span<byte> buffer = stackalloc byte[CheckedLength(name)];
        // gnu_dev_makedev: 12 bits of the major number and 8 of the minor below, the rest above.
        var device = ((ulong)(major & 0xfff) << 8) | (minor & 0xff) | ((ulong)(major & ~0xfffu) << 32) | ((ulong)(minor & ~0xffu) << 12);
        fixed (byte* path = Terminate(name, buffer)) return Result(Libc.mknodat(directory.Number, path, (uint)kind | mode, device));
    }

    /// <summary>A second name for a file; a symbolic link is linked itself, not followed.</summary>
    public static Errno TryLink(FileDescriptor fromDirectory, ReadOnlySpan<byte> from, FileDescriptor toDirectory, ReadOnlySpan<byte> to)
    {
        Span<byte> fromBuffer = stackalloc byte[CheckedLength(from)];
        Span<byte> toBuffer = stackalloc byte[CheckedLength(to)];
        fixed (byte* a = Terminate(from, fromBuffer))
        fixed (byte* b = Terminate(to, toBuffer))
            return Result(Libc.linkat(fromDirectory.Number, a, toDirectory.Number, b, 0));
    }

    /// <param name="target">What the link says: any text.</param>
    public static Errno TrySymbolicLink(ReadOnlySpan<byte> target, FileDescriptor directory, ReadOnlySpan<byte> name)
    {
        Span<byte> targetBuffer = stackalloc byte[CheckedLength(target)];
        Span<byte> buffer = stackalloc byte[CheckedLength(name)];
        fixed (byte* t = Terminate(target, targetBuffer))
        fixed (byte* p = Terminate(name, buffer))
            return Result(Libc.symlinkat(t, directory.Number, p));
    }

    /// <summary>The link's text, or null when it is not a symbolic link or not there.</summary>
    public static byte[]? ReadLink(FileDescriptor directory, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[CheckedLength(name)];
        Span<byte> text = stackalloc byte[PathMax];
        fixed (byte* path = Terminate(name, buffer))
        fixed (byte* t = text)
        {
            var length = Libc.readlinkat(directory.Number, path, t, PathMax);
            return length < 0 ? null : text[..(int)length].ToArray();
        }
    }

    public static Errno TryUnlink(FileDescriptor directory, ReadOnlySpan<byte> name, bool isDirectory)
    {
        Span<byte> buffer = stackalloc byte[CheckedLength(name)];
        fixed (byte* path = Terminate(name, buffer))
            return Result(Libc.unlinkat(directory.Number, path, isDirectory ? AtRemoveDirectory : 0));
    }

    /// <param name="replace">False: fails EEXIST when the new name is taken.</param>
    public static Errno TryRename(
        FileDescriptor fromDirectory, ReadOnlySpan<byte> from, FileDescriptor toDirectory, ReadOnlySpan<byte> to, bool replace)
    {
        Span<byte> fromBuffer = stackalloc byte[CheckedLength(from)];
        Span<byte> toBuffer = stackalloc byte[CheckedLength(to)];
        fixed (byte* a = Terminate(from, fromBuffer))
        fixed (byte* b = Terminate(to, toBuffer))
            return Result(Libc.renameat2(fromDirectory.Number, a, toDirectory.Number, b, replace ? 0u : 1u));
    }

    /// <summary>Changes the owner of the name itself; a symbolic link is not followed.</summary>
    public static Errno TryChangeOwner(FileDescriptor directory, ReadOnlySpan<byte> name, uint uid, uint gid)
    {
        Span<byte> buffer = stackalloc byte[CheckedLength(name)];
        fixed (byte* path = Terminate(name, buffer))
            return Result(Libc.fchownat(directory.Number, path, uid, gid, AtSymlinkNoFollow));
    }

    /// <summary>Precondition: the name is not a symbolic link (it would be followed) and nobody else can change it.</summary>
    public static Errno TryChangeMode(FileDescriptor directory, ReadOnlySpan<byte> name, uint mode)
    {
        Span<byte> buffer = stackalloc byte[CheckedLength(name)];
        fixed (byte* path = Terminate(name, buffer)) return Result(Libc.fchmodat(directory.Number, path, mode, 0));
    }

    /// <summary>Sets access and modification time of the name itself; a symbolic link is not followed.</summary>
    public static Errno TrySetTimes(FileDescriptor directory, ReadOnlySpan<byte> name, FileTime modified)
    {
        Span<byte> buffer = stackalloc byte[CheckedLength(name)];
        var times = stackalloc Timespec[2];
        times[0] = times[1] = new Timespec { Seconds = modified.Seconds, Nanoseconds = modified.Nanoseconds };
        fixed (byte* path = Terminate(name, buffer))
            return Result(Libc.utimensat(directory.Number, path, times, AtSymlinkNoFollow));
    }

    /// <summary>Sets an extended attribute of the name itself; a symbolic link is not followed.</summary>
    public static Errno TrySetAttribute(FileDescriptor directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        Span<byte> key = stackalloc byte[CheckedLength(attribute)];
        var path = ThroughProc(directory, name);
        fixed (byte* p = path)
        fixed (byte* k = Terminate(attribute, key))
        fixed (byte* v = value)
            return Result(Libc.lsetxattr(p, k, v, (nuint)value.Length, 0));
    }

    /// <summary>The attribute's value, or null when there is none.</summary>
    public static byte[]? GetAttribute(FileDescriptor directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute)
    {
        Span<byte> key = stackalloc byte[CheckedLength(attribute)];
        var value = new byte[65536];
        fixed (byte* p = ThroughProc(directory, name))
        fixed (byte* k = Terminate(attribute, key))
        fixed (byte* v = value)
        {
            var length = Libc.lgetxattr(p, k, v, (nuint)value.Length);
            return length < 0 ? null : value[..(int)length];
        }
    }

    /// <summary>Names of all extended attributes; empty where the file system has none.</summary>
    public static IReadOnlyList<byte[]> ListAttributes(FileDescriptor directory, ReadOnlySpan<byte> name)
    {
        var names = new byte[65536];
        nint length;
        fixed (byte* p = ThroughProc(directory, name))
        fixed (byte* n = names) length = Libc.llistxattr(p, n, (nuint)names.Length);
        if (length <= 0) return [];
        var list = new List<byte[]>();
        var rest = names.AsSpan(0, (int)length);
        while (rest.IndexOf((byte)0) is var end and >= 0)
        {
            list.Add(rest[..end].ToArray());
            rest = rest[(end + 1)..];
        }

        return list;
    }

    /// <summary>What the name itself is; a symbolic link is not followed. An empty name is the directory itself.</summary>
    public static Errno TryStatus(FileDescriptor directory, ReadOnlySpan<byte> name, out FileStatus status)
    {
        Span<byte> buffer = stackalloc byte[CheckedLength(name)];
        Statx raw;
        fixed (byte* path = Terminate(name, buffer))
        {
            var flags = AtSymlinkNoFollow | (name.IsEmpty ? AtEmptyPath : 0);
            var errno = Result(Libc.statx(directory.Number, path, flags, StatxBasic, &raw));
            status = errno.Value == 0 ? Convert(raw) : default;
            return errno;
        }
    }

    public static LinuxException Failure(Errno errno, string syscall, ReadOnlySpan<byte> name) =>
        new(errno, syscall, "\"" + Encoding.UTF8.GetString(name) + "\"");

    private static FileStatus Convert(in Statx raw) => new(
        (FileKind)(raw.Mode & 0xF000), raw.Mode & 0xFFFu, raw.Uid, raw.Gid, (long)raw.Size, (long)raw.Blocks * 512,
        new FileTime(raw.ModifiedSeconds, (int)raw.ModifiedNanoseconds), raw.DeviceNodeMajor, raw.DeviceNodeMinor, raw.Inode, raw.DeviceMajor,
        raw.DeviceMinor, raw.LinkCount);

    /// <summary>
    /// The *xattr calls have no at-variants before Linux 6.13. /proc/self/fd leads to the directory itself, so that only the last
    /// component is looked up, and the l-variants do not follow it.
    /// </summary>
    private static byte[] ThroughProc(FileDescriptor directory, ReadOnlySpan<byte> name)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory.Number}/");
        var path = new byte[prefix.Length + name.Length + 1];
        Encoding.ASCII.GetBytes(prefix, path);
        name.CopyTo(path.AsSpan(prefix.Length));
        return path;
    }

    private static int CheckedLength(ReadOnlySpan<byte> name) =>
        name.Length < PathMax ? name.Length + 1 : throw Failure(Errno.ENAMETOOLONG, "path", name[..64]);

    private static Span<byte> Terminate(ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        name.CopyTo(buffer);
        buffer[name.Length] = 0;
        return buffer;
    }

    private static int Native(OpenFlags flags)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.Arm64) return (int)flags;
        // arm64 has O_DIRECTORY 040000 and O_NOFOLLOW 0100000.
        var native = (int)(flags & ~(OpenFlags.Directory | OpenFlags.NoFollow));
        if (flags.HasFlag(OpenFlags.Directory)) native |= 0x4000;
        if (flags.HasFlag(OpenFlags.NoFollow)) native |= 0x8000;
        return native;
    }

    private static Errno Result(int result) => result < 0 ? Errno.Last : default;
}
