using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Troupe.Linux.Events;

/// <summary>Which file something is, whatever its name: device and inode, by statx(2).</summary>
public readonly unsafe record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode)
{
    private const int AtFdCwd = -100;
    private const int AtEmptyPath = 0x1000;
    private const int AtSymlinkNoFollow = 0x100;
    private const uint StatxIno = 0x100;

    /// <summary>Null when there is no such file.</summary>
    public static FileIdentity? Of(string path) => Read(AtFdCwd, path, AtSymlinkNoFollow);

    public static FileIdentity? Of(SafeFileHandle file) => Read((int)file.DangerousGetHandle(), "", AtEmptyPath);

    private static FileIdentity? Read(int directory, string path, int flags)
    {
        var raw = stackalloc byte[256];
        // SAFETY: struct statx is 256 bytes by its definition.
        if (LibcEvents.statx(directory, path, flags, StatxIno, raw) != 0) return null;
        var status = new ReadOnlySpan<byte>(raw, 256);
        return new FileIdentity(
            BinaryPrimitives.ReadUInt32LittleEndian(status[136..]), BinaryPrimitives.ReadUInt32LittleEndian(status[140..]),
            BinaryPrimitives.ReadUInt64LittleEndian(status[32..]));
    }
}
