namespace Troupe.Linux.Files;

/// <summary>Space of the file system that holds a path.</summary>
public static class DiskSpace
{
    /// <summary>Bytes that an unprivileged writer may still use.</summary>
    public static long AvailableBytes(string path) => new DriveInfo(path).AvailableFreeSpace;
}
