using System.Runtime.InteropServices;

namespace Troupe.Linux.Events;

/// <summary>Small files whose content must survive a crash, and append-only ones.</summary>
public static class DurableFile
{
    private static readonly int s_directory = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
        ? LibcEvents.O_DIRECTORY_ARM64
        : LibcEvents.O_DIRECTORY_X64;

    private static readonly int s_noFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
        ? LibcEvents.O_NOFOLLOW_ARM64
        : LibcEvents.O_NOFOLLOW_X64;

    /// <summary>
    /// Puts the file in place whole or not at all: temporary file (0600), fsync, rename, fsync of the directory.
    /// Postcondition: a reader after any crash sees the old content or the new, never a part.
    /// </summary>
    public static void Write(string directory, string name, ReadOnlySpan<byte> content)
    {
        const int writeOnlyCreateTruncate = 0x1 | 0x40 | 0x200;
        var path = Path.Combine(directory, name);
        var temporary = path + ".tmp";
        using (var file = Open(temporary, writeOnlyCreateTruncate | s_noFollow, 0b110_000_000))
        {
            WriteAll(file, content, temporary);
            if (LibcEvents.fsync(file.Number) != 0) throw new LinuxException(Errno.Last, "fsync", temporary);
        }
        if (LibcEvents.rename(temporary, path) != 0) throw new LinuxException(Errno.Last, "rename", path);
        using var folder = OpenDirectory(directory);
        if (LibcEvents.fsync(folder.Number) != 0) throw new LinuxException(Errno.Last, "fsync", directory);
    }

    /// <summary>Opens for appending, made with <paramref name="mode"/> when absent. Never through a symbolic link.</summary>
    public static FileDescriptor OpenAppend(string path, uint mode)
    {
        const int readWriteCreateAppend = 0x2 | 0x40 | 0x400;
        return Open(path, readWriteCreateAppend | s_noFollow, mode);
    }

    /// <summary>A device or file for reading and writing, as it is.</summary>
    public static FileDescriptor OpenReadWrite(string path) => Open(path, 0x2, 0);

    public static FileDescriptor OpenReadOnly(string path) => Open(path, 0, 0);

    public static FileDescriptor OpenWriteOnly(string path) => Open(path, 0x1, 0);

    /// <summary>Makes a directory that only its owner enters (0700), its parents too; harmless when it is there.</summary>
    public static void CreatePrivateDirectory(string path)
    {
        if (LibcEvents.mkdir(path, 0b111_000_000) == 0 || Errno.Last == Errno.EEXIST) return;
        var parent = Path.GetDirectoryName(path);
        if (Errno.Last != Errno.ENOENT || parent is null) throw new LinuxException(Errno.Last, "mkdir", path);
        CreatePrivateDirectory(parent);
        if (LibcEvents.mkdir(path, 0b111_000_000) != 0 && Errno.Last != Errno.EEXIST) throw new LinuxException(Errno.Last, "mkdir", path);
    }

    public static FileDescriptor OpenDirectory(string path) => Open(path, s_directory, 0);

    /// <summary>Takes the file's exclusive lock for as long as the descriptor is open; false when another holds it.</summary>
    public static bool TryLock(FileDescriptor descriptor) =>
        LibcEvents.flock(descriptor.Number, LibcEvents.LOCK_EX | LibcEvents.LOCK_NB) == 0;

    /// <summary>Bytes in the file.</summary>
    public static long Length(FileDescriptor file)
    {
        var end = LibcEvents.lseek(file.Number, 0, 2);
        return end >= 0 ? end : throw new LinuxException(Errno.Last, "lseek", "");
    }

    /// <summary>The file's last byte, or -1 when it is empty.</summary>
    public static int LastByte(FileDescriptor file)
    {
        Span<byte> last = stackalloc byte[1];
        return LibcEvents.lseek(file.Number, -1, 2) >= 0 && DescriptorIo.Read(file, last) == 1 ? last[0] : -1;
    }

    /// <summary>Cuts the file; false when the kernel refuses.</summary>
    public static bool TryTruncate(FileDescriptor file, long length) => LibcEvents.ftruncate(file.Number, length) == 0;

    /// <summary>Renames over whatever has the new name; false when there is no such file.</summary>
    public static bool TryRename(string from, string to) => LibcEvents.rename(from, to) == 0;

    public static bool TryDelete(string path) => LibcEvents.unlink(path) == 0;

    /// <summary>A whole small file, never through a symbolic link; fails with EFBIG when it is larger than <paramref name="lengthMax"/>.</summary>
    public static byte[] ReadBounded(string path, int lengthMax)
    {
        using var file = Open(path, s_noFollow, 0);
        var length = Length(file);
        if (length > lengthMax) throw new LinuxException(Errno.EFBIG, "read", path);
        LibcEvents.lseek(file.Number, 0, 0);
        var content = new byte[length];
        var total = 0;
        while (total < content.Length)
        {
            var count = DescriptorIo.Read(file, content.AsSpan(total));
            if (count <= 0) break;
            total += count;
        }
        return total == content.Length ? content : content[..total];
    }

    /// <summary>A file whose size is not known before reading (proc, cgroup): at most <paramref name="lengthMax"/> bytes of it.</summary>
    public static byte[] ReadStream(string path, int lengthMax)
    {
        using var file = Open(path, s_noFollow, 0);
        var content = new byte[4096];
        var total = 0;
        while (DescriptorIo.Read(file, content.AsSpan(total)) is var count and > 0)
        {
            total += count;
            if (total < content.Length) continue;
            if (total >= lengthMax) break;
            Array.Resize(ref content, content.Length * 4);
        }
        return content[..total];
    }

    private static void WriteAll(FileDescriptor file, ReadOnlySpan<byte> content, string path)
    {
        while (content.Length > 0)
        {
            var written = DescriptorIo.Write(file, content);
            if (written < 0) throw new LinuxException(Errno.EIO, "write", path);
            content = content[written..];
        }
    }

    private static FileDescriptor Open(string path, int flags, uint mode)
    {
        var fd = LibcEvents.open(path, flags | LibcEvents.O_CLOEXEC, mode);
        return fd >= 0 ? new FileDescriptor(fd, ownsHandle: true) : throw new LinuxException(Errno.Last, "open", path);
    }
}
