using System.Buffers.Binary;
using System.Text;
using Troupe.Linux;
using Troupe.Linux.Programs;
using Troupe.Runtime.Cgroups;
using Troupe.Runtime.Containers;
using Troupe.Runtime.Mounts;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Programs;

/// <summary>What the init's list needs beside the specification.</summary>
internal sealed record InitContext(
    CreateRequest Request, ContainerCgroup? Cgroup, IReadOnlyList<FileDescriptor> CgroupTasks, IReadOnlyList<(FileDescriptor Namespace, string Type)> JoinNamespaces,
    FileDescriptor? Maps, FileDescriptor? HooksGo, FileDescriptor? TerminalSocket, TailOptions Tail);

/// <summary>
/// Compiles an OCI specification into the list of the container's init, in this order: join cgroups and namespaces, root and mounts, devices,
/// terminal, pivot, masks, and then the tail that every process has. Pure but for the arena.
/// </summary>
internal sealed class InitProgram
{
    private readonly SyscallProgram _program;
    private readonly InitContext _context;
    private readonly OciSpec _spec;
    private readonly RootProgram _root;
    private readonly ProcessTail _tail;

    private InitProgram(SyscallProgram program, InitContext context)
    {
        (_program, _context, _spec) = (program, context, context.Request.Spec);
        _root = new RootProgram(program);
        _tail = new ProcessTail(program, _spec.Process!, context.Tail);
    }

    public static void Compile(SyscallProgram program, InitContext context) => new InitProgram(program, context).Compile();

    private bool Has(string type) => Namespaces.Creates(_spec, type);

    private void Compile()
    {
        ProcessTail.Begin(_program);
        if (_context.Maps is { } maps) JoinUserNamespace(maps);
        JoinCgroupsAndNamespaces();
        if (_context.HooksGo is { } go)
        {
            _tail.Announce(Stage.Namespaces);
            _program.Expect("wait for hooks", Syscalls.Read, 1, go.Number, Memory(1), 1);
        }

        _program.Call("umask", Syscalls.Umask, 0);
        if (Has("uts")) Names();
        if (Has("network")) LoopbackUp();
        if (_spec.Process!.OomScoreAdj is { } adj) WriteHostFile("/proc/self/oom_score_adj", adj.ToString(System.Globalization.CultureInfo.InvariantCulture), "oom_score_adj");
        Root();
        foreach (var mount in _spec.Mounts ?? []) Mount(mount);
        Devices();
        var terminal = _spec.Process.Terminal ? Terminal() : (Slot?)null;
        Sysctls();
        CwdDirectory();
        Pivot();
        foreach (var path in _spec.Linux?.ReadonlyPaths ?? []) MakeReadonly(path);
        foreach (var path in _spec.Linux?.MaskedPaths ?? []) Mask(path);
        if (_spec.Root!.Readonly) _root.SetAttributes(_root.Root, Kernel.MOUNT_ATTR_RDONLY, 0, 0, recursive: false, "read-only root");
        _tail.Stdio(_context.Request.Stdio, terminal);
        Personality();
        _tail.Finish();
    }

    private void JoinUserNamespace(FileDescriptor maps)
    {
        _tail.Announce(Stage.NeedsMaps);
        _program.Expect("wait for id maps", Syscalls.Read, 1, maps.Number, Memory(1), 1);
        _program.Call("setgid 0 in the user namespace", Syscalls.Setresgid, 0, 0, 0);
        _program.Call("setuid 0 in the user namespace", Syscalls.Setresuid, 0, 0, 0);
    }

    private void JoinCgroupsAndNamespaces()
    {
        foreach (var tasks in _context.CgroupTasks) _program.Call("join cgroup", Syscalls.Write, tasks.Number, Bytes("0"u8), 1);
        // Its root is where the process is at this moment; in clone's flags it would be the parent's cgroup.
        if (Has("cgroup")) _program.Call("new cgroup namespace", Syscalls.Unshare, ChildProcess.CloneNewCgroup);
        foreach (var (fd, type) in _context.JoinNamespaces) _program.Call($"join {type} namespace", Syscalls.Setns, fd.Number, 0);
        if (!Has("time")) return;
        _program.Call("new time namespace", Syscalls.Unshare, ChildProcess.CloneNewTime);
        foreach (var (clock, offset) in _spec.Linux?.TimeOffsets ?? [])
            WriteHostFile("/proc/self/timens_offsets", $"{clock} {offset.Secs} {offset.Nanosecs}\n", $"time offset of {clock}");
    }

    private void WriteHostFile(string path, string value, string purpose)
    {
        var file = _program.Call($"open {path}", Syscalls.Openat, Kernel.AT_FDCWD, Text(path), Kernel.O_WRONLY | Kernel.O_CLOEXEC, 0);
        var bytes = Encoding.UTF8.GetBytes(value);
        _program.Expect($"write {purpose}", Syscalls.Write, bytes.Length, file, Bytes(bytes), bytes.Length);
    }

    private void Names()
    {
        if (_spec.Hostname is { Length: > 0 } host) _program.Call("sethostname", Syscalls.Sethostname, Text(host), Encoding.UTF8.GetByteCount(host));
        if (_spec.Domainname is { Length: > 0 } domain) _program.Call("setdomainname", Syscalls.Setdomainname, Text(domain), Encoding.UTF8.GetByteCount(domain));
    }

    private void LoopbackUp()
    {
        // struct ifreq: 16 bytes of name, then the flags.
        var request = new byte[40];
        "lo"u8.CopyTo(request);
        BinaryPrimitives.WriteInt16LittleEndian(request.AsSpan(16), Kernel.IFF_UP);
        var socket = _program.Call("socket for lo", Syscalls.Socket, Kernel.AF_INET, Kernel.SOCK_DGRAM | Kernel.SOCK_CLOEXEC, 0);
        _program.Call("bring lo up", Syscalls.Ioctl, socket, Kernel.SIOCSIFFLAGS, Bytes(request));
    }

    private void Root()
    {
        var word = _spec.Linux?.RootfsPropagation;
        var propagation = string.IsNullOrEmpty(word) ? Kernel.MS_SLAVE | Kernel.MS_REC
            : MountOptions.PropagationOf(word) ?? throw new RuntimeException($"unknown rootfsPropagation \"{word}\"");
        _program.Call("propagation of /", Syscalls.Mount, 0, Text("/"), 0, propagation, 0);
        var path = Path.GetFullPath(_spec.Root!.Path, _context.Request.Bundle);
        _root.MountRoot(path, _context.Request.RootfsMounts);
    }

    private void Mount(OciMount mount)
    {
        var options = MountOptions.Parse(mount.Options ?? []);
        var purpose = $"mount {mount.Destination}";
        if (mount.Type == "cgroup")
        {
            new CgroupMount(_program, _root, _context.Cgroup, Has("cgroup")).Add(mount.Destination, options);
            return;
        }

        if (options.Bind || mount.Type == "bind")
        {
            Bind(mount, options, purpose);
            return;
        }

        if (options.TmpCopyUp) throw new RuntimeException("mount option \"tmpcopyup\" is not supported yet");
        // procfs and sysfs must land where they say: a link in the image could hide them elsewhere (CVE-2019-19921, CVE-2023-27561).
        var target = _root.Target(mount.Destination, isDirectory: true, symlinks: mount.Type is not ("proc" or "sysfs"));
        var fs = _root.NewFileSystem(mount.Type ?? "none", mount.Source ?? "", options, purpose);
        if (options.Propagation != 0) Propagate(fs, options.Propagation, mount.Destination);
        _root.Attach(fs, target, purpose);
    }

    private void Bind(OciMount mount, MountOptions options, string purpose)
    {
        var source = Path.GetFullPath(mount.Source ?? throw new RuntimeException($"bind mount {mount.Destination} has no source"), _context.Request.Bundle);
        if (!Directory.Exists(source) && !File.Exists(source))
            throw new RuntimeException($"error mounting \"{source}\" to rootfs at \"{mount.Destination}\": no such file or directory", Errno.ENOENT, 128);
        var target = _root.Target(mount.Destination, Directory.Exists(source), symlinks: true);
        var tree = _root.CloneTree(source, options);
        if (options.Propagation != 0) Propagate(tree, options.Propagation, mount.Destination);
        _root.Attach(tree, target, purpose);
    }

    private void Propagate(Slot mount, int propagation, string destination) =>
        _root.SetAttributes(mount, 0, 0, propagation & ~Kernel.MS_REC, (propagation & Kernel.MS_REC) != 0, $"propagation of {destination}");

    private void Devices()
    {
        if ((_spec.Mounts ?? []).Any(m => m.Destination.TrimEnd('/') == "/dev" && MountOptions.Parse(m.Options ?? []).Bind)) return;
        _root.MakeDirectories("/dev");
        var dev = _root.Open("/dev", Kernel.O_PATH | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC, "open /dev");
        foreach (var (name, minor, major) in (ReadOnlySpan<(string, int, int)>)
            [("null", 3, 1), ("zero", 5, 1), ("full", 7, 1), ("random", 8, 1), ("urandom", 9, 1), ("tty", 0, 5)])
        {
            Node(dev, name, Kernel.S_IFCHR | 438, major, minor, $"/dev/{name}");
        }

        foreach (var device in _spec.Linux?.Devices ?? []) Device(device);
        foreach (var (name, target) in (ReadOnlySpan<(string, string)>)
            [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx")])
        {
            _program.Try($"link /dev/{name}", Syscalls.Symlinkat, [Errno.EEXIST, Errno.EROFS], Text(target), dev, Text(name));
        }
    }

    private void Node(Slot directory, string name, int mode, long major, long minor, string path)
    {
        if (!Namespaces.Creates(_spec, "user"))
        {
            _program.Try($"mknod {path}", Syscalls.Mknodat, [Errno.EEXIST, Errno.EROFS], directory, Text(name), mode, Kernel.Device(major, minor));
            return;
        }

        // In a user namespace no device can be made: the host's own is bound, as far as it has it.
        if (!File.Exists(path)) return;
        var target = _root.Target(path, isDirectory: false, symlinks: false);
        _root.Attach(_root.CloneTree(path, MountOptions.Parse(["bind"])), target, $"bind {path}");
    }

    private void Device(OciDevice device)
    {
        var type = device.Type switch
        {
            "c" or "u" => Kernel.S_IFCHR,
            "b" => Kernel.S_IFBLK,
            "p" => Kernel.S_IFIFO,
            _ => throw new RuntimeException($"device {device.Path} has the unknown type \"{device.Type}\""),
        };
        var components = RootProgram.Components(device.Path);
        if (components.Count == 0) throw new RuntimeException($"invalid device path \"{device.Path}\"");
        var parent = string.Join('/', components.Take(components.Count - 1));
        _root.MakeDirectories(parent);
        var directory = _root.Open(parent, Kernel.O_PATH | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC, $"open directory of {device.Path}");
        Node(directory, components[^1], type | (int)(device.FileMode ?? 438) & 4095, device.Major, device.Minor, device.Path);
    }

    /// <summary>A pty of the container's own devpts: the master goes to the parent, the slave becomes /dev/console and stdio.</summary>
    private Slot Terminal()
    {
        var slave = new TerminalProgram(_program).Open(
            _root.Open("/dev/pts/ptmx", Kernel.O_RDWR | Kernel.O_NOCTTY | Kernel.O_CLOEXEC, "open pty master"), _spec.Process!.ConsoleSize, _context.TerminalSocket!);
        var console = _root.Target("/dev/console", isDirectory: false, symlinks: false);
        var tree = _program.Call("clone pty", Syscalls.OpenTree, slave, Text(""), Kernel.OPEN_TREE_CLONE | Kernel.OPEN_TREE_CLOEXEC | Kernel.AT_EMPTY_PATH);
        _root.Attach(tree, console, "bind /dev/console");
        return slave;
    }

    private void Sysctls()
    {
        foreach (var (name, value) in _spec.Linux?.Sysctl ?? [])
        {
            var path = "/proc/sys/" + name.Replace('.', '/');
            var file = _root.TryOpen(path, Kernel.O_WRONLY | Kernel.O_CLOEXEC, $"open sysctl {name}", [], symlinks: false);
            var statfs = _program.Memory(120);
            _program.Call($"check sysctl {name}", Syscalls.Fstatfs, file, statfs);
            var magic = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(magic, Kernel.PROC_SUPER_MAGIC);
            _program.Require($"sysctl {name} is not on procfs", statfs, 0, [255, 255, 255, 255, 255, 255, 255, 255], magic);
            var bytes = Encoding.UTF8.GetBytes(value);
            _program.Call($"write sysctl {name}", Syscalls.Write, file, Bytes(bytes), bytes.Length);
        }
    }

    private void CwdDirectory()
    {
        var cwd = _spec.Process!.Cwd;
        if (cwd is { Length: > 1 }) _root.MakeDirectories(cwd);
    }

    private void Pivot()
    {
        _program.Call("enter root", Syscalls.Fchdir, _root.Root);
        if (_context.Request.NoPivot)
        {
            _program.Call("move root", Syscalls.Mount, Text("."), Text("/"), 0, Kernel.MS_MOVE, 0);
            _program.Call("chroot", Syscalls.Chroot, Text("."));
            _program.Call("enter root", Syscalls.Chdir, Text("/"));
            return;
        }

        var old = _program.Call("open old root", Syscalls.Openat, Kernel.AT_FDCWD, Text("/"), Kernel.O_PATH | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC, 0);
        _program.Call("pivot_root", Syscalls.PivotRoot, Text("."), Text("."));
        // The old root now lies on top of the new one. Slave: its unmounting must not travel to the host.
        _program.Call("enter old root", Syscalls.Fchdir, old);
        _program.Call("slave old root", Syscalls.Mount, 0, Text("."), 0, Kernel.MS_SLAVE | Kernel.MS_REC, 0);
        _program.Call("detach old root", Syscalls.Umount2, Text("."), Kernel.MNT_DETACH);
        _program.Call("enter root", Syscalls.Chdir, Text("/"));
    }

    private void MakeReadonly(string path)
    {
        ReadOnlySpan<Errno> gone = [Errno.ENOENT, Errno.EBADF];
        var place = _root.TryOpen(path, Kernel.O_PATH | Kernel.O_CLOEXEC, $"open read-only path {path}", [Errno.ENOENT, Errno.ENOTDIR]);
        var tree = _program.Try($"bind {path}", Syscalls.OpenTree, gone, place, Text(""),
            Kernel.OPEN_TREE_CLONE | Kernel.OPEN_TREE_CLOEXEC | Kernel.AT_EMPTY_PATH | Kernel.AT_RECURSIVE);
        var attributes = new byte[32];
        attributes[0] = (byte)Kernel.MOUNT_ATTR_RDONLY;
        _program.Try($"make {path} read-only", Syscalls.MountSetattr, gone, tree, Text(""), Kernel.AT_EMPTY_PATH | Kernel.AT_RECURSIVE, Bytes(attributes), 32);
        _root.Attach(tree, place, $"mount read-only {path}", gone);
    }

    /// <summary>
    /// A file is covered by the container's /dev/null, verified to be it; a directory by an empty read-only tmpfs. Which of the two it is, only the
    /// child can see: the other one's mount fails with ENOTDIR and is tolerated. Under /proc and /sys the host shows which, and saves the calls.
    /// </summary>
    private void Mask(string path)
    {
        var onKernelFs = path.StartsWith("/proc/", StringComparison.Ordinal) || path.StartsWith("/sys/", StringComparison.Ordinal);
        var place = _root.TryOpen(path, Kernel.O_PATH | Kernel.O_CLOEXEC, $"open masked path {path}", [Errno.ENOENT, Errno.ENOTDIR]);
        if (!onKernelFs || File.Exists(path)) MaskFile(path, place);
        if (!onKernelFs || Directory.Exists(path)) MaskDirectory(path, place);
    }

    private void MaskFile(string path, Slot place)
    {
        var zero = _root.Open("/dev/null", Kernel.O_PATH | Kernel.O_NOFOLLOW | Kernel.O_CLOEXEC, "open /dev/null for masking");
        var statx = _program.Memory(256);
        _program.Call("check /dev/null", Syscalls.Statx, zero, Text(""), Kernel.AT_EMPTY_PATH, 0x7ff, statx);
        // struct statx: stx_mode at 28, stx_rdev_major and minor at 128 and 132.
        _program.Require("/dev/null is not a character device", statx, 28, [0, 0xf0], [0, 0x20]);
        _program.Require("/dev/null is not device 1:3", statx, 128, [255, 255, 255, 255, 255, 255, 255, 255], [1, 0, 0, 0, 3, 0, 0, 0]);
        var tree = _program.Call("clone /dev/null", Syscalls.OpenTree, zero, Text(""), Kernel.OPEN_TREE_CLONE | Kernel.OPEN_TREE_CLOEXEC | Kernel.AT_EMPTY_PATH);
        _root.Attach(tree, place, $"mask {path}", [Errno.ENOTDIR, Errno.ENOENT, Errno.EBADF]);
    }

    private void MaskDirectory(string path, Slot place)
    {
        var empty = _root.NewFileSystem("tmpfs", "tmpfs", MountOptions.Parse(["ro", "nosuid", "nodev", "noexec", "nr_blocks=1", "nr_inodes=2"]), $"mask {path}");
        _root.Attach(empty, place, $"mask {path}", [Errno.ENOTDIR, Errno.ENOENT, Errno.EBADF]);
    }

    private void Personality()
    {
        if (_spec.Linux?.Personality is not { } personality) return;
        var domain = personality.Domain switch
        {
            "LINUX" => 0,
            "LINUX32" => 8,
            _ => throw new RuntimeException($"unknown personality domain \"{personality.Domain}\""),
        };
        _program.Call("personality", Syscalls.Personality, domain);
    }

    private Argument Text(string text) => _program.Text(text);

    private Argument Bytes(ReadOnlySpan<byte> bytes) => _program.Bytes(bytes);

    private Argument Memory(int length) => _program.Memory(length);
}
