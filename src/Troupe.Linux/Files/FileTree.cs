using System.Globalization;
using System.Text;

namespace Troupe.Linux.Files;

/// <summary>Whole trees, fd-relative: what a tree holds can't lead outside it.</summary>
public static class FileTree
{
    /// <summary>
    /// Removes a name and everything below it; symbolic links are removed, not followed, and mounted directories make it fail EBUSY.
    /// Nothing there is no error.
    /// </summary>
    public static void Remove(FileDescriptor directory, ReadOnlySpan<byte> name)
    {
        var errno = FileAt.TryUnlink(directory, name, isDirectory: false);
        if (errno.Value == 0 || errno == Errno.ENOENT) return;
        if (errno != Errno.EISDIR && errno != Errno.EPERM) throw FileAt.Failure(errno, "unlinkat", name);
        RemoveDirectory(directory, name);
    }

    /// <summary>As <see cref="Remove(FileDescriptor, ReadOnlySpan{byte})"/> for an absolute path of the engine's own.</summary>
    public static void Remove(string path)
    {
        FileDescriptor parent;
        try
        {
            parent = FileAt.OpenAbsolute(Path.GetDirectoryName(path)!, OpenFlags.Directory | OpenFlags.PathOnly);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return;
        }

        using (parent) Remove(parent, Encoding.UTF8.GetBytes(Path.GetFileName(path)));
    }

    /// <summary>
    /// Without recursion, with two descriptors open at most: a container may nest directories deeper than any stack. Inner directories
    /// are moved up into the one that goes, and emptied from there.
    /// </summary>
    private static void RemoveDirectory(FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        var errno = FileAt.TryOpen(parent, name, OpenFlags.Directory | OpenFlags.NoFollow, 0, out var top);
        if (errno == Errno.ENOENT) return;
        if (top is null) throw FileAt.Failure(errno, "openat", name);
        using (top)
        {
            long moved = 0;
            for (var entries = DirectoryListing.Read(top); entries.Count > 0; entries = DirectoryListing.Read(top))
            {
                foreach (var entry in entries)
                {
                    if (!TryUnlinkFile(top, entry)) EmptyInto(top, entry.Name, ref moved);
                }
            }
        }

        errno = FileAt.TryUnlink(parent, name, isDirectory: true);
        if (errno.Value != 0 && errno != Errno.ENOENT) throw FileAt.Failure(errno, "unlinkat", name);
    }

    private static void EmptyInto(FileDescriptor top, byte[] name, ref long moved)
    {
        var errno = FileAt.TryOpen(top, name, OpenFlags.Directory | OpenFlags.NoFollow, 0, out var inner);
        if (inner is null) throw FileAt.Failure(errno, "openat", name);
        using (inner)
        {
            foreach (var entry in DirectoryListing.Read(inner))
            {
                if (TryUnlinkFile(inner, entry) || FileAt.TryUnlink(inner, entry.Name, isDirectory: true).Value == 0) continue;
                errno = MoveUp(inner, entry.Name, top, ref moved);
                if (errno.Value != 0) throw FileAt.Failure(errno, "renameat2", entry.Name);
            }
        }

        errno = FileAt.TryUnlink(top, name, isDirectory: true);
        if (errno.Value != 0 && errno != Errno.ENOENT) throw FileAt.Failure(errno, "unlinkat", name);
    }

    private static Errno MoveUp(FileDescriptor inner, byte[] name, FileDescriptor top, ref long moved)
    {
        while (true)
        {
            var target = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".removed-{moved++}"));
            var errno = FileAt.TryRename(inner, name, top, target, replace: false);
            if (errno != Errno.EEXIST) return errno;
        }
    }

    /// <summary>False: it is a directory.</summary>
    private static bool TryUnlinkFile(FileDescriptor directory, DirectoryEntry entry)
    {
        if (entry.Kind == FileKind.Directory) return false;
        var errno = FileAt.TryUnlink(directory, entry.Name, isDirectory: false);
        if (errno.Value == 0 || errno == Errno.ENOENT) return true;
        return errno == Errno.EISDIR || errno == Errno.EPERM ? false : throw FileAt.Failure(errno, "unlinkat", entry.Name);
    }
}
