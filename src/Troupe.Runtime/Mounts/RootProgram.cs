using System.Buffers.Binary;
using Troupe.Linux;
using Troupe.Linux.Programs;
using Troupe.Specs.Shim;

namespace Troupe.Runtime.Mounts;

/// <summary>
/// Operations on a tree that the container may have written: every path is resolved inside the root by openat2 and used as a descriptor
/// (SECURITY rule 1). The root's own descriptor is made by <see cref="MountRoot"/>.
/// </summary>
internal sealed class RootProgram(SyscallProgram program)
{
    private const ulong InRoot = Kernel.RESOLVE_IN_ROOT | Kernel.RESOLVE_NO_MAGICLINKS;
    private static readonly Version s_lowerDirPlus = new(6, 5);

    public Slot Root { get; private set; }

    /// <summary>
    /// Makes the root a mount of this namespace: the given mounts in order, or the directory bound onto itself. Afterwards
    /// <see cref="Root"/> is its descriptor.
    /// </summary>
    public void MountRoot(string path, IReadOnlyList<ShimMount> mounts)
    {
        if (mounts.Count == 0)
        {
            Root = program.Call($"open root {path}", Syscalls.OpenTree, Kernel.AT_FDCWD, Text(path),
                Kernel.OPEN_TREE_CLONE | Kernel.OPEN_TREE_CLOEXEC | Kernel.AT_RECURSIVE);
            program.Call($"bind root {path}", Syscalls.MoveMount, Root, Empty, Kernel.AT_FDCWD, Text(path), Kernel.MOVE_MOUNT_F_EMPTY_PATH);
            return;
        }

        foreach (var mount in mounts) MountOnRoot(path, mount);
    }

    private void MountOnRoot(string path, ShimMount mount)
    {
        var options = MountOptions.Parse(mount.Options);
        if (options.Bind)
        {
            Root = CloneTree(mount.Source, options);
        }
        else if (options.Data.Any(d => d.Length > Kernel.FSCONFIG_STRING_MAX && !d.StartsWith("lowerdir=", StringComparison.Ordinal))
            || (mount.Type == "overlay" && Environment.OSVersion.Version < s_lowerDirPlus))
        {
            ClassicMount(path, mount, options);
            return;
        }
        else
        {
            Root = NewFileSystem(mount.Type, mount.Source, options, $"mount root {path}");
        }

        program.Call($"mount root {path}", Syscalls.MoveMount, Root, Empty, Kernel.AT_FDCWD, Text(path), Kernel.MOVE_MOUNT_F_EMPTY_PATH);
    }

    /// <summary>For kernels before 6.5, where fsconfig takes no long lowerdir: one page of options at most.</summary>
    private void ClassicMount(string path, ShimMount mount, MountOptions options)
    {
        program.Call($"mount root {path}", Syscalls.Mount, Text(mount.Source), Text(path), Text(mount.Type), (long)options.Set, Text(string.Join(',', options.Data)));
        Root = program.Call($"open root {path}", Syscalls.Openat, Kernel.AT_FDCWD, Text(path), Kernel.O_PATH | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC, 0);
    }

    /// <summary>A new, detached mount of a file system; its descriptor.</summary>
    public Slot NewFileSystem(string type, string source, MountOptions options, string purpose)
    {
        var context = program.Call($"{purpose}: fsopen {type}", Syscalls.Fsopen, Text(type), Kernel.FSOPEN_CLOEXEC);
        Configure(context, $"{purpose}: source", "source", source.Length == 0 ? type : source);
        foreach (var option in options.Data)
        {
            var separator = option.IndexOf('=', StringComparison.Ordinal);
            if (separator < 0)
            {
                program.Call($"{purpose}: option {option}", Syscalls.Fsconfig, context, Kernel.FSCONFIG_SET_FLAG, Text(option), 0, 0);
            }
            else if (type == "overlay" && option.StartsWith("lowerdir=", StringComparison.Ordinal))
            {
                foreach (var layer in option[(separator + 1)..].Split(':')) Configure(context, $"{purpose}: layer {layer}", "lowerdir+", layer);
            }
            else
            {
                Configure(context, $"{purpose}: option {option}", option[..separator], option[(separator + 1)..]);
            }
        }

        program.Call($"{purpose}: create {type}", Syscalls.Fsconfig, context, Kernel.FSCONFIG_CMD_CREATE, 0, 0, 0);
        return program.Call($"{purpose}: fsmount {type}", Syscalls.Fsmount, context, Kernel.FSMOUNT_CLOEXEC, options.Set);
    }

    private void Configure(Slot context, string purpose, string key, string value) =>
        program.Call(purpose, Syscalls.Fsconfig, context, Kernel.FSCONFIG_SET_STRING, Text(key), Text(value), 0);

    /// <summary>A detached copy of a tree of the host, with the options applied; its descriptor.</summary>
    public Slot CloneTree(string source, MountOptions options)
    {
        var tree = program.Call($"bind source {source}", Syscalls.OpenTree, Kernel.AT_FDCWD, Text(source),
            Kernel.OPEN_TREE_CLONE | Kernel.OPEN_TREE_CLOEXEC | (options.Recursive ? Kernel.AT_RECURSIVE : 0));
        if (options.Set != 0 || options.Clear != 0) SetAttributes(tree, options.Set, options.Clear, 0, recursive: false, $"options of {source}");
        if (options.SetRecursive != 0 || options.ClearRecursive != 0)
            SetAttributes(tree, options.SetRecursive, options.ClearRecursive, 0, recursive: true, $"options of {source}");
        return tree;
    }

    public void SetAttributes(Slot mount, ulong set, ulong clear, int propagation, bool recursive, string purpose)
    {
        // struct mount_attr: attr_set, attr_clr, propagation, userns_fd.
        var attributes = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(attributes, set);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes.AsSpan(8), clear);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes.AsSpan(16), (ulong)(uint)propagation);
        program.Call(purpose, Syscalls.MountSetattr, mount, Empty, Kernel.AT_EMPTY_PATH | (recursive ? Kernel.AT_RECURSIVE : 0),
            program.Bytes(attributes), attributes.Length);
    }

    /// <summary>Puts a detached mount onto an opened place.</summary>
    public void Attach(Slot mount, Slot target, string purpose) => Attach(mount, target, purpose, []);

    public void Attach(Slot mount, Slot target, string purpose, ReadOnlySpan<Errno> tolerated) =>
        program.Try(purpose, Syscalls.MoveMount, tolerated, mount, Empty, target, Empty, Kernel.MOVE_MOUNT_F_EMPTY_PATH | Kernel.MOVE_MOUNT_T_EMPTY_PATH);

    /// <summary>Opens a path inside the root.</summary>
    public Slot Open(string path, int flags, string purpose) => TryOpen(path, flags, purpose, []);

    public Slot TryOpen(string path, int flags, string purpose, ReadOnlySpan<Errno> tolerated, bool symlinks = true)
    {
        var relative = string.Join('/', Components(path));
        return program.Try(purpose, Syscalls.Openat2, tolerated, Root, Text(relative.Length == 0 ? "." : relative),
            How(flags, 0, InRoot | (symlinks ? 0 : Kernel.RESOLVE_NO_SYMLINKS)), 24);
    }

    /// <summary>Makes the directories of a path as far as they are missing (0755), inside the root.</summary>
    public void MakeDirectories(string path)
    {
        var components = Components(path);
        for (var i = 0; i < components.Count; i++)
        {
            var parent = i == 0 ? Root : Open(string.Join('/', components.Take(i)), Kernel.O_PATH | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC, $"open directory of {path}");
            program.Try($"mkdir {path}", Syscalls.Mkdirat, [Errno.EEXIST, Errno.EROFS], parent, Text(components[i]), 493);
        }
    }

    /// <summary>Opens a mount's target, made when it is missing: a directory, or an empty file.</summary>
    public Slot Target(string path, bool isDirectory, bool symlinks)
    {
        var components = Components(path);
        if (isDirectory)
        {
            MakeDirectories(path);
        }
        else
        {
            var directory = string.Join('/', components.Take(components.Count - 1));
            MakeDirectories(directory);
            var parent = directory.Length == 0 ? Root : Open(directory, Kernel.O_PATH | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC, $"open directory of {path}");
            program.Try($"create {path}", Syscalls.Openat, [Errno.ELOOP, Errno.EROFS, Errno.EISDIR, Errno.ENXIO], parent, Text(components[^1]),
                Kernel.O_CREAT | Kernel.O_NOFOLLOW | Kernel.O_NONBLOCK | Kernel.O_CLOEXEC, 420);
        }

        return TryOpen(path, Kernel.O_PATH | Kernel.O_CLOEXEC, $"open mount point {path}", [], symlinks);
    }

    /// <summary>Lexically clean components; <c>..</c> never leaves the root.</summary>
    public static List<string> Components(string path)
    {
        var result = new List<string>();
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part != "..") result.Add(part);
            else if (result.Count > 0) result.RemoveAt(result.Count - 1);
        }

        return result;
    }

    private Argument How(int flags, int mode, ulong resolve)
    {
        // struct open_how: flags, mode, resolve.
        var how = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(how, (ulong)(uint)flags);
        BinaryPrimitives.WriteUInt64LittleEndian(how.AsSpan(8), (ulong)(uint)mode);
        BinaryPrimitives.WriteUInt64LittleEndian(how.AsSpan(16), resolve);
        return program.Bytes(how);
    }

    private Argument Text(string text) => program.Text(text);

    private Argument Empty => Text("");
}
