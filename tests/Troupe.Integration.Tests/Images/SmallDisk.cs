using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.Images;

/// <summary>A file system of a few MiB, mounted on a folder of its own. Gone after the test.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    private SmallDisk()
    {
    }

    public string Path => _folder["disk"];

    public static async Task<SmallDisk> MountAsync(int mebibytes)
    {
        var disk = new SmallDisk();
        Directory.CreateDirectory(disk.Path);
        (await Command.RunAsync(Programs.Find("mount"), ["-t", "tmpfs", "-o", $"size={mebibytes}m", "troupe-test", disk.Path])).ExpectSuccess();
        return disk;
    }

    /// <summary>Bytes in use.</summary>
    public long Used
    {
        get
        {
            var drive = new DriveInfo(Path);
            return drive.TotalSize - drive.TotalFreeSpace;
        }
    }

    public async ValueTask DisposeAsync()
    {
        (await Command.RunAsync(Programs.Find("umount"), [Path])).ExpectSuccess();
        _folder.Dispose();
    }
}
