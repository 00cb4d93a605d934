using System.Text;

namespace Troupe.Specs.Archive;

/// <summary>A stretch of data of a sparse file, bytes from its start.</summary>
public readonly record struct TarSegment(long Offset, long Length);

/// <summary>One extended attribute: the value is bytes.</summary>
public readonly record struct TarAttribute(byte[] Name, byte[] Value);

/// <summary>
/// Header of a tar entry with all extensions applied. Names are bytes as written: neither cleaned nor trusted.
/// </summary>
public sealed record TarEntry
{
    public required TarEntryType Type { get; init; }

    public required byte[] Name { get; init; }

    /// <summary>Target of a hard or symbolic link, else empty.</summary>
    public byte[] LinkName { get; init; } = [];

    /// <summary>Permission bits with setuid, setgid and sticky: 0..07777.</summary>
    public uint Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public string UserName { get; init; } = "";

    public string GroupName { get; init; } = "";

    /// <summary>Bytes of body in the archive.</summary>
    public long Size { get; init; }

    /// <summary>Bytes of the file when it is unpacked; differs from <see cref="Size"/> only for a sparse one.</summary>
    public long RealSize { get; init; }

    /// <summary>Modification time: seconds since 1970, may be negative.</summary>
    public long ModifiedSeconds { get; init; }

    /// <summary>0..999999999.</summary>
    public int ModifiedNanoseconds { get; init; }

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }

    public IReadOnlyList<TarAttribute> Attributes { get; init; } = [];

    /// <summary>Where a sparse file has data, rising and not overlapping; else empty.</summary>
    public IReadOnlyList<TarSegment> Sparse { get; init; } = [];

    /// <summary>Every header block of the entry as read, extensions first: what an exact copy of the archive needs. Empty unless asked for.</summary>
    public ReadOnlyMemory<byte> RawHeaders { get; init; }

    /// <summary>The name for messages.</summary>
    public string NameText => Encoding.UTF8.GetString(Name);
}
