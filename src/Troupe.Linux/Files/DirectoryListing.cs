using System.Buffers.Binary;

namespace Troupe.Linux.Files;

/// <summary>One entry of a directory; the name is bytes, as on disk. The kind is what getdents64 says, Unknown on some file systems.</summary>
public readonly record struct DirectoryEntry(byte[] Name, FileKind Kind);

/// <summary>Directory contents by getdents64(2): names are bytes, not text.</summary>
public static unsafe class DirectoryListing
{
    /// <summary>All entries but <c>.</c> and <c>..</c>, in the file system's order.</summary>
    public static List<DirectoryEntry> Read(FileDescriptor directory)
    {
        var entries = new List<DirectoryEntry>();
        FileIo.Seek(directory, 0, "directory");
        var buffer = new byte[32768];
        while (true)
        {
            nint length;
            // SAFETY: the buffer is pinned and the kernel writes at most its length.
            fixed (byte* start = buffer) length = Libc.syscall(Libc.SysGetdents64, directory.Number, (nint)start, buffer.Length, 0);
            if (length < 0) throw new LinuxException(Errno.Last, "getdents64", "");
            if (length == 0) return entries;
            Parse(buffer.AsSpan(0, (int)length), entries);
        }
    }

    private static void Parse(ReadOnlySpan<byte> records, List<DirectoryEntry> entries)
    {
        // struct linux_dirent64: ino u64, off s64, reclen u16, type u8, name to the first NUL.
        while (records.Length > 19)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            var kind = (FileKind)(records[18] << 12);
            var name = records[19..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)) entries.Add(new DirectoryEntry(name.ToArray(), kind));
            records = records[length..];
        }
    }
}
