using System.Text;

namespace Troupe.Daemon.Hosting;

/// <summary>Small files that are either wholly there or not at all, also after a crash.</summary>
internal static class DurableFile
{
    /// <summary>Temporary file, fsync, rename. The mode is that of the file from its first byte on.</summary>
    public static void Write(string path, string text, UnixFileMode mode)
    {
        var temporary = path + ".tmp";
        File.Delete(temporary);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = mode,
        };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
