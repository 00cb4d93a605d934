using System.Text;
using Troupe.Linux;
using Troupe.Linux.Files;
using Troupe.Protocol.Images;

namespace Troupe.Containers.Bundles;

/// <summary>
/// Reads a small file of a container's root before the root is mounted, by looking through its layer directories as overlayfs would:
/// the topmost one that has the name wins, a whiteout or an opaque directory hides what is below. Every name is opened one component
/// at a time without following a link, or held inside its layer by the kernel: the layers are an image's, so nothing in them is trusted.
/// </summary>
internal sealed class LayerFiles
{
    private static readonly byte[] Opaque = "trusted.overlay.opaque"u8.ToArray();
    private readonly string[] _layers;

    public LayerFiles(IEnumerable<RootfsMount> mounts) => _layers = Directories(mounts);

    /// <summary>
    /// The file's text; empty when no layer has it. Precondition: a relative path of two components (<c>etc/passwd</c>).
    /// </summary>
    /// <exception cref="IOException">Too large, or a layer can't be read.</exception>
    public string ReadText(string path)
    {
        var parts = path.Split('/');
        var (directory, file) = (Encoding.UTF8.GetBytes(parts[0]), Encoding.UTF8.GetBytes(parts[1]));
        foreach (var layer in _layers)
        {
            if (!Directory.Exists(layer)) continue;
            using var root = FileAt.OpenAbsolute(layer, OpenFlags.Directory | OpenFlags.ReadOnly);
            if (FileAt.TryStatus(root, directory, out var parent).Value != 0) continue;
            if (parent.IsWhiteout) return "";
            if (Read(root, Encoding.UTF8.GetBytes(path)) is { } text) return text;
            if (Hides(root, directory, file)) return "";
        }

        return "";
    }

    /// <summary>Upper first, then the lower ones from the top, as the overlay's options say it.</summary>
    private static string[] Directories(IEnumerable<RootfsMount> mounts)
    {
        var overlay = mounts.FirstOrDefault(m => m.Type == "overlay");
        if (overlay is null) return [];
        return [.. Option(overlay, "upperdir=").Take(1), .. Option(overlay, "lowerdir=")];
    }

    /// <summary>Paths are separated by colons; a backslash takes the next character's meaning away (overlayfs, "Multiple lower layers").</summary>
    private static List<string> Option(RootfsMount mount, string key)
    {
        var value = mount.Options.FirstOrDefault(o => o.StartsWith(key, StringComparison.Ordinal));
        List<string> paths = [];
        if (value is null) return paths;
        var path = new StringBuilder();
        for (var i = key.Length; i < value.Length; i++)
        {
            if (value[i] == ':')
            {
                paths.Add(path.ToString());
                path.Clear();
                continue;
            }

            if (value[i] == '\\' && i + 1 < value.Length) i++;
            path.Append(value[i]);
        }

        paths.Add(path.ToString());
        return paths;
    }

    /// <summary>Found by a path descriptor first: only after it is known to be a regular file it is opened (a FIFO would block).</summary>
    private static string? Read(FileDescriptor root, byte[] path)
    {
        var errno = FileAt.TryOpenInside(
            root, path, OpenFlags.PathOnly, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks, out var found);
        if (errno.Value != 0 || found is null) return null;
        using (found)
        {
            if (FileAt.TryStatus(found, [], out var status).Value != 0 || status.Kind != FileKind.Regular) return null;
            if (status.SizeBytes > Limits.AccountFileBytesMax)
            {
                throw new IOException($"/{Encoding.UTF8.GetString(path)} of the image has {status.SizeBytes} bytes, too many");
            }

            using var file = File.OpenRead($"/proc/self/fd/{found.Number}");
            var buffer = new byte[(int)status.SizeBytes];
            return Encoding.UTF8.GetString(buffer, 0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        }
    }

    /// <summary>The layer says that the file is not there: a whiteout, or a directory that covers those below.</summary>
    private static bool Hides(FileDescriptor root, byte[] directory, byte[] file)
    {
        if (FileAt.GetAttribute(root, directory, Opaque) is [(byte)'y', ..]) return true;
        var errno = FileAt.TryOpenInside(
            root, directory, OpenFlags.Directory | OpenFlags.ReadOnly, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks, out var parent);
        if (errno.Value != 0 || parent is null) return false;
        using (parent)
        {
            return FileAt.TryStatus(parent, file, out var status).Value == 0 && status.IsWhiteout;
        }
    }
}
