using System.Text;
using Troupe.Images.Content;
using Troupe.Images.Layers;
using Troupe.Linux.Files;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Images.Snapshots;

/// <summary>
/// Writable layers of containers: <c>snapshots/&lt;container id&gt;/{upper,work,chain}</c>; <c>chain</c> lists the layers below, which must
/// stay as long as the snapshot does. A snapshot appears and goes by rename. Calls block on the disk; one writer.
/// </summary>
internal sealed class SnapshotStore
{
    private const string TrashPrefix = "trash-";
    private const string IngestPrefix = "ingest-";

    private readonly LayerStore _layers;
    private readonly string _root;

    public SnapshotStore(string dataRoot, LayerStore layers)
    {
        _layers = layers;
        _root = Path.Combine(dataRoot, "snapshots");
        Directory.CreateDirectory(_root);
        PrivateDirectory.Restrict(_root);
    }

    /// <summary>Makes the writable layer, or finds it made, and says how the root is mounted.</summary>
    /// <exception cref="ImageException">FailedPrecondition: a layer is not on this node.</exception>
    public RootfsMount[] Prepare(ContainerId container, IReadOnlyList<ChainId> chain)
    {
        foreach (var layer in chain)
        {
            if (!_layers.Has(layer)) throw new ImageException(ErrorCode.FailedPrecondition, $"layer {layer} of the image is not on this node");
        }

        var directory = DirectoryOf(container);
        if (!Directory.Exists(directory)) Make(directory, chain);
        return [Mount(directory, chain)];
    }

    public bool Has(ContainerId container) => Directory.Exists(DirectoryOf(container));

    /// <summary>Takes a snapshot out of sight; the path of what is to be deleted, or null when there was none.</summary>
    public string? Detach(ContainerId container)
    {
        var directory = DirectoryOf(container);
        if (!Directory.Exists(directory)) return null;
        var trash = Path.Combine(_root, TrashPrefix + container.Short + "-" + Path.GetRandomFileName());
        Directory.Move(directory, trash);
        return trash;
    }

    /// <summary>Detaches the snapshots of all but the known containers, and names what earlier runs left half made.</summary>
    public IReadOnlyList<string> DetachUnknown(IReadOnlySet<ContainerId> known)
    {
        var trash = new List<string>();
        foreach (var directory in Directory.GetDirectories(_root))
        {
            if (!ContainerId.TryParse(Path.GetFileName(directory), out var container)) trash.Add(directory);
            else if (!known.Contains(container) && Detach(container) is { } detached) trash.Add(detached);
        }

        return trash;
    }

    /// <summary>The layers that snapshots stand on, those being made included. What is out of sight holds none.</summary>
    public IEnumerable<ChainId> UsedLayers()
    {
        foreach (var directory in Directory.GetDirectories(_root))
        {
            if (Path.GetFileName(directory).StartsWith(TrashPrefix, StringComparison.Ordinal)) continue;
            var list = Path.Combine(directory, "chain");
            if (!File.Exists(list)) continue;
            foreach (var line in File.ReadLines(list))
            {
                if (Digest.TryParse(line, out var digest)) yield return new ChainId(digest);
            }
        }
    }

    private void Make(string directory, IReadOnlyList<ChainId> chain)
    {
        var ingest = Path.Combine(_root, IngestPrefix + Path.GetRandomFileName());
        Directory.CreateDirectory(Path.Combine(ingest, "work"));
        Directory.CreateDirectory(Path.Combine(ingest, "upper"));
        CopyRootAttributes(chain.Count == 0 ? _layers.EmptyDirectory : _layers.DirectoryOf(chain[^1]), Path.Combine(ingest, "upper"));
        File.WriteAllText(Path.Combine(ingest, "chain"), string.Join('\n', chain), Encoding.ASCII);
        Directory.Move(ingest, directory);
    }

    /// <summary>The root directory of an overlay is its upper one: owner and mode are those of the image's root.</summary>
    private static void CopyRootAttributes(string from, string to)
    {
        using var source = FileAt.OpenAbsolute(from, OpenFlags.Directory | OpenFlags.PathOnly);
        using var target = FileAt.OpenAbsolute(to, OpenFlags.Directory | OpenFlags.PathOnly);
        var errno = FileAt.TryStatus(source, [], out var status);
        if (errno.Value == 0) errno = FileAt.TryChangeOwner(target, "."u8, status.Uid, status.Gid);
        if (errno.Value == 0) errno = FileAt.TryChangeMode(target, "."u8, status.Mode);
        if (errno.Value != 0) throw FileAt.Failure(errno, "chown", Encoding.UTF8.GetBytes(to));
    }

    /// <summary>
    /// index, metacopy and redirect_dir are off: layers stay plain trees that can be compared, copied and shared. The top layer comes first.
    /// </summary>
    private RootfsMount Mount(string directory, IReadOnlyList<ChainId> chain)
    {
        var lower = chain.Count == 0
            ? Escape(_layers.EmptyDirectory)
            : string.Join(':', chain.Reverse().Select(layer => Escape(_layers.DirectoryOf(layer))));
        return new RootfsMount("overlay", "overlay",
        [
            "lowerdir=" + lower, "upperdir=" + Escape(Path.Combine(directory, "upper")), "workdir=" + Escape(Path.Combine(directory, "work")),
            "index=off", "metacopy=off", "redirect_dir=off",
        ]);
    }

    /// <summary>Colon and comma separate overlayfs's options.</summary>
    private static string Escape(string path) => path.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace(":", "\\:", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);

    private string DirectoryOf(ContainerId container) => Path.Combine(_root, container.Hex);
}
