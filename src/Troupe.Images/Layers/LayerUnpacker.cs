using Troupe.Linux;
using Troupe.Linux.Files;
using Troupe.Protocol;
using Troupe.Specs.Archive;

namespace Troupe.Images.Layers;

/// <param name="SizeBytes">Bytes of all files: what Docker calls the layer's size.</param>
/// <param name="Implied">Directories without an entry, parents first: their attributes are those of the layers below.</param>
internal sealed record UnpackedLayer(long SizeBytes, IReadOnlyList<List<byte[]>> Implied);

/// <summary>
/// Writes a layer's tar into an empty directory in overlayfs's form (OCI image-spec, layer.md): whiteouts become character devices 0:0,
/// opaque markers the overlay attribute. Independent of the layers below. Everything is fd-relative: what an entry is called decides where
/// inside the layer it goes and nothing else. Blocks; not thread-safe.
/// </summary>
internal sealed class LayerUnpacker : IDisposable
{
    private readonly FileDescriptor _root;
    private readonly LayerDirectories _directories;
    private readonly List<(List<byte[]> Path, FileTime Modified)> _directoryTimes = [];
    private bool _hasRootEntry;
    private long _sizeBytes;

    public LayerUnpacker(string directory)
    {
        _root = FileAt.OpenAbsolute(directory, OpenFlags.Directory | OpenFlags.PathOnly);
        _directories = new LayerDirectories(_root);
    }

    /// <exception cref="ImageException">The layer is refused, or the disk is full.</exception>
    /// <exception cref="TarFormatException">Not a tar.</exception>
    public UnpackedLayer Unpack(TarReader reader, CancellationToken cancel)
    {
        try
        {
            long entries = 0;
            for (var entry = reader.Next(); entry is not null; entry = reader.Next())
            {
                cancel.ThrowIfCancellationRequested();
                if (++entries > Limits.LayerEntriesMax) throw LayerPath.Refused(entry.Name, "is one entry too many");
                Unpack(entry, reader);
            }

            SetDirectoryTimes();
        }
        catch (LinuxException e)
        {
            throw ImageException.FromFile(e);
        }

        var implied = _directories.Implied.Values.OrderBy(path => path.Count).ToList();
        if (!_hasRootEntry) implied.Insert(0, []);
        return new UnpackedLayer(_sizeBytes, implied);
    }

    public void Dispose()
    {
        _directories.Dispose();
        _root.Dispose();
    }

    private void Unpack(TarEntry entry, TarReader reader)
    {
        var path = LayerPath.Clean(entry.Name);
        if (path.Count == 0)
        {
            UnpackRoot(entry);
            return;
        }

        var name = path[^1];
        path.RemoveAt(path.Count - 1);
        var parent = _directories.Open(ref path);
        if (LayerWhiteouts.IsMarker(name)) LayerWhiteouts.Apply(parent, name);
        else if (entry.Type == TarEntryType.Directory) UnpackDirectory(entry, parent, path, name);
        else UnpackOther(entry, reader, parent, name);
    }

    private void UnpackRoot(TarEntry entry)
    {
        if (entry.Type != TarEntryType.Directory) throw LayerPath.Refused(entry.Name, "is the layer's root but not a directory");
        _hasRootEntry = true;
        SetAttributes(entry, _root, []);
        _directoryTimes.Add(([], TimeOf(entry)));
    }

    private void UnpackDirectory(TarEntry entry, FileDescriptor parent, List<byte[]> path, byte[] name)
    {
        var errno = FileAt.TryMakeDirectory(parent, name, 0x1C0);
        if (errno == Errno.EEXIST) errno = MakeOverExisting(parent, name);
        if (errno.Value != 0) throw FileAt.Failure(errno, "mkdirat", entry.Name);
        SetAttributes(entry, parent, name);
        List<byte[]> full = [.. path, name];
        _directories.Implied.Remove(LayerPath.Key(full));
        _directoryTimes.Add((full, TimeOf(entry)));
    }

    private static Errno MakeOverExisting(FileDescriptor parent, byte[] name)
    {
        var errno = FileAt.TryStatus(parent, name, out var status);
        if (errno.Value != 0 || status.Kind == FileKind.Directory) return errno;
        FileTree.Remove(parent, name);
        errno = FileAt.TryMakeDirectory(parent, name, 0x1C0);
        // The whiteout came first: the directory is a new one, so nothing of a lower one may show through.
        if (errno.Value == 0 && status.IsWhiteout) OverlayAttributes.MakeOpaque(parent, name);
        return errno;
    }

    private void UnpackOther(TarEntry entry, TarReader reader, FileDescriptor parent, byte[] name)
    {
        // A hard link's target is walked to meanwhile, which closes what is open on the way to the name.
        using var held = entry.Type == TarEntryType.HardLink ? FileAt.Open(parent, "."u8, OpenFlags.Directory | OpenFlags.PathOnly) : null;
        parent = held ?? parent;
        var errno = Create(entry, reader, parent, name);
        if (errno == Errno.EEXIST)
        {
            FileTree.Remove(parent, name);
            errno = Create(entry, reader, parent, name);
        }

        if (errno.Value != 0) throw FileAt.Failure(errno, SyscallOf(entry.Type), entry.Name);
    }

    private Errno Create(TarEntry entry, TarReader reader, FileDescriptor parent, byte[] name)
    {
        switch (entry.Type)
        {
            case TarEntryType.File or TarEntryType.SparseFile:
                return CreateFile(entry, reader, parent, name);
            case TarEntryType.HardLink:
                return CreateHardLink(entry, parent, name);
            case TarEntryType.SymbolicLink:
                var made = FileAt.TrySymbolicLink(entry.LinkName, parent, name);
                if (made.Value == 0) SetLinkAttributes(entry, parent, name);
                return made;
            default:
                var errno = FileAt.TryMakeNode(parent, name, KindOf(entry.Type), 0x180, entry.DeviceMajor, entry.DeviceMinor);
                if (errno.Value == 0) SetNodeAttributes(entry, parent, name);
                return errno;
        }
    }

    private Errno CreateFile(TarEntry entry, TarReader reader, FileDescriptor parent, byte[] name)
    {
        var errno = FileAt.TryOpen(
            parent, name, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, 0x180, out var file);
        if (file is null) return errno;
        using (file)
        {
            WriteBody(entry, reader, file);
            _sizeBytes += entry.RealSize;
            // The owner first: changing it clears setuid and file capabilities.
            Check(FileIo.TryChangeOwner(file, entry.Uid, entry.Gid), "fchown", entry);
            Check(FileIo.TryChangeMode(file, entry.Mode), "fchmod", entry);
            OverlayAttributes.Apply(entry, attribute => FileIo.TrySetAttribute(file, attribute.Name, attribute.Value));
            Check(FileIo.TrySetTimes(file, TimeOf(entry)), "utimensat", entry);
        }

        return default;
    }

    private static void WriteBody(TarEntry entry, TarReader reader, FileDescriptor file)
    {
        if (entry.Type == TarEntryType.SparseFile)
        {
            SparseBody.Write(entry, reader, file);
            return;
        }

        for (var chunk = reader.NextBody(); chunk.Length > 0; chunk = reader.NextBody()) FileIo.Write(file, chunk, entry.NameText);
    }

    private Errno CreateHardLink(TarEntry entry, FileDescriptor parent, byte[] name)
    {
        var target = LayerPath.Clean(entry.LinkName);
        if (target.Count == 0) throw LayerPath.Refused(entry.Name, "is a hard link to the layer's root");
        var targetName = target[^1];
        target.RemoveAt(target.Count - 1);
        var directory = _directories.Open(ref target);
        var errno = FileAt.TryLink(directory, targetName, parent, name);
        return errno == Errno.ENOENT ? throw LayerPath.Refused(entry.Name, "is a hard link to a file that is not in its layer") : errno;
    }

    private static void SetLinkAttributes(TarEntry entry, FileDescriptor parent, byte[] name)
    {
        Check(FileAt.TryChangeOwner(parent, name, entry.Uid, entry.Gid), "fchownat", entry);
        OverlayAttributes.Apply(entry, attribute => FileAt.TrySetAttribute(parent, name, attribute.Name, attribute.Value));
        Check(FileAt.TrySetTimes(parent, name, TimeOf(entry)), "utimensat", entry);
    }

    private static void SetNodeAttributes(TarEntry entry, FileDescriptor parent, byte[] name)
    {
        SetAttributes(entry, parent, name);
        Check(FileAt.TrySetTimes(parent, name, TimeOf(entry)), "utimensat", entry);
    }

    /// <summary>Owner, mode and attributes of a directory or node. An empty name is the directory itself.</summary>
    private static void SetAttributes(TarEntry entry, FileDescriptor parent, byte[] name)
    {
        var self = name.Length == 0 ? "."u8 : name;
        Check(FileAt.TryChangeOwner(parent, self, entry.Uid, entry.Gid), "fchownat", entry);
        Check(FileAt.TryChangeMode(parent, self, entry.Mode), "fchmodat", entry);
        OverlayAttributes.Apply(entry, attribute => FileAt.TrySetAttribute(parent, name, attribute.Name, attribute.Value));
    }

    /// <summary>At the end: everything made in a directory changes its time.</summary>
    private void SetDirectoryTimes()
    {
        foreach (var (path, modified) in _directoryTimes)
        {
            // A directory that a later entry replaced by something else keeps nothing.
            if (_directories.Find(path) is { } directory) FileAt.TrySetTimes(directory, "."u8, modified);
        }
    }

    private static FileTime TimeOf(TarEntry entry) => new(entry.ModifiedSeconds, entry.ModifiedNanoseconds);

    private static FileKind KindOf(TarEntryType type) => type switch
    {
        TarEntryType.CharacterDevice => FileKind.CharacterDevice,
        TarEntryType.BlockDevice => FileKind.BlockDevice,
        TarEntryType.Fifo => FileKind.Fifo,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static string SyscallOf(TarEntryType type) => type switch
    {
        TarEntryType.HardLink => "linkat",
        TarEntryType.SymbolicLink => "symlinkat",
        TarEntryType.File or TarEntryType.SparseFile => "openat",
        _ => "mknodat",
    };

    private static void Check(Errno errno, string syscall, TarEntry entry)
    {
        if (errno.Value != 0) throw FileAt.Failure(errno, syscall, entry.Name);
    }
}
