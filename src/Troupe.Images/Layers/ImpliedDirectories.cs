using Troupe.Linux;
using Troupe.Linux.Files;

namespace Troupe.Images.Layers;

/// <summary>
/// Directories that a layer needs but does not describe. Docker unpacks onto the layers below and so finds them there; a layer unpacked on
/// its own takes their owner, mode and attributes from the topmost lower layer that has them, else it would hide, say, the mode of /tmp.
/// Runs when the layers below are known. Blocks.
/// </summary>
internal static class ImpliedDirectories
{
    private const OpenFlags DirectoryFlags = OpenFlags.Directory | OpenFlags.NoFollow | OpenFlags.PathOnly;

    /// <param name="layer">The <c>fs</c> directory of the new layer.</param>
    /// <param name="lowers">The <c>fs</c> directories below it, top first.</param>
    public static void Settle(string layer, IReadOnlyList<List<byte[]>> implied, IReadOnlyList<string> lowers)
    {
        if (implied.Count == 0 || lowers.Count == 0) return;
        using var root = FileAt.OpenAbsolute(layer, OpenFlags.Directory | OpenFlags.PathOnly);
        foreach (var path in implied)
        {
            using var target = OpenPath(root, path);
            if (target is null) continue;
            using var source = FindBelow(lowers, path);
            if (source is not null) Copy(source, target);
        }
    }

    /// <summary>The directory at a path in the topmost layer that has it, or null when none has or a layer above hides it.</summary>
    private static FileDescriptor? FindBelow(IReadOnlyList<string> lowers, List<byte[]> path)
    {
        foreach (var lower in lowers)
        {
            using var root = FileAt.OpenAbsolute(lower, OpenFlags.Directory | OpenFlags.PathOnly);
            if (path.Count == 0) return OpenPath(root, path);
            var (found, isHidden) = Find(root, path);
            if (found is not null || isHidden) return found;
        }

        return null;
    }

    private static (FileDescriptor? Found, bool IsHidden) Find(FileDescriptor root, List<byte[]> path)
    {
        var current = OpenPath(root, [])!;
        var isHidden = false;
        foreach (var name in path)
        {
            using var parent = current;
            var errno = FileAt.TryOpen(parent, name, DirectoryFlags, 0, out var next);
            isHidden |= OverlayAttributes.IsOpaque(parent, []);
            // Anything but a directory of that name, a whiteout too, ends the search downwards.
            if (next is null) return (null, isHidden || errno != Errno.ENOENT);
            current = next;
        }

        return (current, false);
    }

    private static FileDescriptor? OpenPath(FileDescriptor root, List<byte[]> path)
    {
        FileAt.TryOpen(root, "."u8, DirectoryFlags, 0, out var current);
        foreach (var name in path)
        {
            if (current is null) return null;
            using var parent = current;
            FileAt.TryOpen(parent, name, DirectoryFlags, 0, out current);
        }

        return current;
    }

    private static void Copy(FileDescriptor source, FileDescriptor target)
    {
        var errno = FileAt.TryStatus(source, [], out var status);
        if (errno.Value == 0) errno = FileAt.TryChangeOwner(target, "."u8, status.Uid, status.Gid);
        if (errno.Value == 0) errno = FileAt.TryChangeMode(target, "."u8, status.Mode);
        if (errno.Value != 0) throw ImageException.FromFile(FileAt.Failure(errno, "chown", "."u8));
        foreach (var attribute in FileAt.ListAttributes(source, []))
        {
            if (OverlayAttributes.IsTakenOver(attribute) && FileAt.GetAttribute(source, [], attribute) is { } value)
                FileAt.TrySetAttribute(target, [], attribute, value);
        }

        FileAt.TrySetTimes(target, "."u8, status.Modified);
    }
}
