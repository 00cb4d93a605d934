namespace Troupe.Linux.Files;

/// <summary>Flags of open(2); the values of asm-generic, but for those that <see cref="FileAt"/> translates per architecture.</summary>
[Flags]
public enum OpenFlags
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    Create = 0x40,
    Exclusive = 0x80,
    Truncate = 0x200,
    Append = 0x400,

    /// <summary>O_DIRECTORY of x86-64; translated on arm64.</summary>
    Directory = 0x10000,

    /// <summary>O_NOFOLLOW of x86-64; translated on arm64.</summary>
    NoFollow = 0x20000,
    PathOnly = 0x200000,
}

/// <summary>How openat2(2) resolves a path.</summary>
[Flags]
public enum ResolveFlags
{
    None = 0,
    NoMagicLinks = 0x02,
    NoSymbolicLinks = 0x04,
    Beneath = 0x08,

    /// <summary>The directory is the root: absolute paths and <c>..</c> end there.</summary>
    InRoot = 0x10,
}

public enum FileKind
{
    Unknown = 0,
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Directory = 0x4000,
    BlockDevice = 0x6000,
    Regular = 0x8000,
    SymbolicLink = 0xA000,
    Socket = 0xC000,
}

/// <summary>
/// A point in time of a file: seconds since 1970 (may be negative) and nanoseconds 0..999999999, counted upwards also before 1970. Others
/// are refused here, where they come from: the kernel would only say EINVAL, or take two of them for "now" and "as it is".
/// </summary>
public readonly record struct FileTime
{
    public FileTime(long seconds, int nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nanoseconds, 999_999_999);
        (Seconds, Nanoseconds) = (seconds, nanoseconds);
    }

    public long Seconds { get; }

    public int Nanoseconds { get; }
}

/// <param name="Mode">The permission bits with setuid, setgid and sticky: 0..07777.</param>
/// <param name="SizeBytes">Length in bytes.</param>
/// <param name="AllocatedBytes">Space in use in bytes.</param>
/// <param name="NodeMajor">Major number when this is a device node.</param>
/// <param name="NodeMinor">Minor number when this is a device node.</param>
public readonly record struct FileStatus(
    FileKind Kind, uint Mode, uint Uid, uint Gid, long SizeBytes, long AllocatedBytes, FileTime Modified, uint NodeMajor, uint NodeMinor,
    ulong Inode, uint DeviceMajor, uint DeviceMinor, uint LinkCount)
{
    /// <summary>A character device 0:0: overlayfs's whiteout.</summary>
    public bool IsWhiteout => Kind == FileKind.CharacterDevice && NodeMajor == 0 && NodeMinor == 0;
}
