using Troupe.Linux.Files;

namespace Troupe.Images.Content;

/// <summary>Directories that hold images' setuid programs and devices: no other user may look in (mode 0700).</summary>
internal static class PrivateDirectory
{
    public static void Restrict(string path)
    {
        using var directory = FileAt.OpenAbsolute(path, OpenFlags.Directory | OpenFlags.PathOnly);
        var errno = FileAt.TryChangeMode(directory, "."u8, 0x1C0);
        if (errno.Value != 0) throw new Linux.LinuxException(errno, "fchmodat", path);
    }
}
