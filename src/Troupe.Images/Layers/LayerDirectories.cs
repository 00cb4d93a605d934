using Troupe.Linux;
using Troupe.Linux.Files;

namespace Troupe.Images.Layers;

/// <summary>
/// Directories of the layer that is being unpacked, by path. Every step is one <c>openat(O_NOFOLLOW)</c> from an open directory, so
/// that no name leads out; symbolic links of the same layer are resolved here, with the layer's root as the root, as Docker's chroot does.
/// The directories on the last path stay open: entries come sorted by directory. Not thread-safe.
/// </summary>
internal sealed class LayerDirectories(FileDescriptor root) : IDisposable
{
    private const OpenFlags DirectoryFlags = OpenFlags.Directory | OpenFlags.NoFollow | OpenFlags.PathOnly;

    private readonly List<(byte[] Name, FileDescriptor Directory)> _open = [];
    private FileDescriptor? _deep;

    /// <summary>Directories that an entry needed and that had no entry of their own (yet), by <see cref="LayerPath.Key"/>.</summary>
    public Dictionary<string, List<byte[]>> Implied { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The directory at a path, made with its parents where missing. Owned by this object, valid until the next call.
    /// </summary>
    /// <param name="path">In: components. Out: the same without symbolic links.</param>
    public FileDescriptor Open(ref List<byte[]> path)
    {
        if (TryOpenReal(path) is { } directory) return directory;
        path = ResolveLinks(path);
        return TryOpenReal(path) ?? throw LayerPath.Refused(Join(path), "has a parent that is not a directory");
    }

    /// <summary>The directory at a path if it is there without symbolic links; nothing is made.</summary>
    public FileDescriptor? Find(List<byte[]> path)
    {
        var directory = root;
        var owned = new List<FileDescriptor>();
        foreach (var name in path)
        {
            FileAt.TryOpen(directory, name, DirectoryFlags, 0, out var next);
            owned.ForEach(d => d.Dispose());
            owned.Clear();
            if (next is null) return null;
            owned.Add(next);
            directory = next;
        }

        Forget(0);
        _deep?.Dispose();
        _deep = owned.Count > 0 ? owned[0] : null;
        return directory;
    }

    public void Dispose()
    {
        Forget(0);
        _deep?.Dispose();
    }

    /// <summary>Null: something on the way is not a directory.</summary>
    private FileDescriptor? TryOpenReal(List<byte[]> path)
    {
        var common = 0;
        while (common < _open.Count && common < path.Count && _open[common].Name.AsSpan().SequenceEqual(path[common])) common++;
        Forget(common);
        _deep?.Dispose();
        _deep = null;
        var directory = common == 0 ? root : _open[common - 1].Directory;
        for (var i = common; i < path.Count; i++)
        {
            var next = OpenOrMake(directory, path, i);
            if (next is null) return null;
            if (_open.Count < Limits.DirectoriesOpenMax)
            {
                _open.Add((path[i], next));
            }
            else
            {
                _deep?.Dispose();
                _deep = next;
            }

            directory = next;
        }

        return directory;
    }

    private FileDescriptor? OpenOrMake(FileDescriptor parent, List<byte[]> path, int index)
    {
        var name = path[index];
        var errno = FileAt.TryOpen(parent, name, DirectoryFlags, 0, out var directory);
        if (directory is not null) return directory;
        if (errno == Errno.ENOTDIR || errno == Errno.ELOOP) return RemoveWhiteout(parent, name) ? Make(parent, path, index, isOpaque: true) : null;
        return errno == Errno.ENOENT ? Make(parent, path, index, isOpaque: false) : throw FileAt.Failure(errno, "openat", name);
    }

    private FileDescriptor Make(FileDescriptor parent, List<byte[]> path, int index, bool isOpaque)
    {
        var errno = FileAt.TryMakeDirectory(parent, path[index], 0x1ED);
        if (errno.Value != 0) throw FileAt.Failure(errno, "mkdirat", path[index]);
        // The umask took bits away.
        FileAt.TryChangeMode(parent, path[index], 0x1ED);
        if (isOpaque) OverlayAttributes.MakeOpaque(parent, path[index]);
        var made = path.GetRange(0, index + 1);
        Implied[LayerPath.Key(made)] = made;
        return FileAt.Open(parent, path[index], DirectoryFlags);
    }

    /// <summary>A whiteout that came before what lies below the same name: the name comes back as a directory that hides the lower one.</summary>
    private static bool RemoveWhiteout(FileDescriptor parent, byte[] name) =>
        FileAt.TryStatus(parent, name, out var status).Value == 0 && status.IsWhiteout
        && FileAt.TryUnlink(parent, name, isDirectory: false).Value == 0;

    private List<byte[]> ResolveLinks(List<byte[]> path)
    {
        var resolved = new List<byte[]>();
        var rest = new Stack<byte[]>(Enumerable.Reverse(path));
        var followed = 0;
        while (rest.TryPop(out var name))
        {
            if (name.AsSpan().SequenceEqual(".."u8))
            {
                // At the root, the parent is the root.
                if (resolved.Count > 0) resolved.RemoveAt(resolved.Count - 1);
                continue;
            }

            var parent = TryOpenReal(resolved) ?? throw LayerPath.Refused(Join(resolved), "has a parent that is not a directory");
            if (FileAt.ReadLink(parent, name) is not { } target)
            {
                resolved.Add(name);
                continue;
            }

            if (++followed > Limits.LinksFollowedMax) throw LayerPath.Refused(Join(path), "leads through too many symbolic links");
            if (target.Length > 0 && target[0] == '/') resolved.Clear();
            Push(rest, target);
        }

        return resolved;
    }

    private static void Push(Stack<byte[]> rest, byte[] target)
    {
        var names = new List<byte[]>();
        foreach (var range in ((ReadOnlySpan<byte>)target).Split((byte)'/'))
        {
            var name = target.AsSpan(range.Start.Value..range.End.Value);
            if (!name.IsEmpty && !name.SequenceEqual("."u8)) names.Add(name.ToArray());
        }

        for (var i = names.Count - 1; i >= 0; i--) rest.Push(names[i]);
    }

    private void Forget(int keep)
    {
        for (var i = _open.Count - 1; i >= keep; i--) _open[i].Directory.Dispose();
        _open.RemoveRange(keep, _open.Count - keep);
    }

    private static byte[] Join(List<byte[]> path) => [.. path.SelectMany((name, i) => i == 0 ? name : (byte[])[(byte)'/', .. name])];
}
