using Troupe.Linux.Files;

namespace Troupe.Images.Content;

/// <summary>A small file that is there whole or not at all, also after a power cut.</summary>
internal static class AtomicFile
{
    private const string Suffix = ".new";

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + Suffix;
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        FileIo.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>True for what a killed writer left.</summary>
    public static bool IsLeftover(string path) => path.EndsWith(Suffix, StringComparison.Ordinal);
}
