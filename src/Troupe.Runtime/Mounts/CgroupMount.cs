using Troupe.Linux;
using Troupe.Linux.Programs;
using Troupe.Runtime.Cgroups;

namespace Troupe.Runtime.Mounts;

/// <summary>
/// The container's view of its cgroups. v2: the tree itself. v1 and hybrid: a tmpfs with one mount per hierarchy. Inside a cgroup namespace a
/// mounted hierarchy shows the container's group as its root; without one, that group's directory of the host is bound.
/// </summary>
internal sealed class CgroupMount(SyscallProgram program, RootProgram root, ContainerCgroup? cgroup, bool ownNamespace)
{
    public void Add(string destination, MountOptions options)
    {
        var hierarchies = cgroup?.Hierarchies ?? CgroupHierarchies.Detect();
        var target = root.Target(destination, isDirectory: true, symlinks: true);
        if (hierarchies.All(h => h.IsV2))
        {
            root.Attach(Hierarchy(hierarchies, 0, options), target, $"mount {destination}");
            return;
        }

        var writable = MountOptions.Parse(["nosuid", "nodev", "noexec", "mode=755"]);
        var tmpfs = root.NewFileSystem("tmpfs", "tmpfs", writable, $"mount {destination}");
        root.Attach(tmpfs, target, $"mount {destination}");
        for (var i = 0; i < hierarchies.Count; i++)
        {
            // runc shows v1 hierarchies only; the hybrid v2 tree is the runtime's own tool.
            if (hierarchies[i].IsV2) continue;
            var name = Path.GetFileName(hierarchies[i].MountPoint);
            program.Call($"mkdir {destination}/{name}", Syscalls.Mkdirat, tmpfs, program.Text(name), 493);
            var place = program.Call($"open {destination}/{name}", Syscalls.Openat, tmpfs, program.Text(name), Kernel.O_PATH | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC, 0);
            root.Attach(Hierarchy(hierarchies, i, options), place, $"mount {destination}/{name}");
            foreach (var controller in hierarchies[i].Controllers.Where(c => c != name && !c.Contains('=', StringComparison.Ordinal)))
                program.Try($"link {controller}", Syscalls.Symlinkat, [Errno.EEXIST], program.Text(name), tmpfs, program.Text(controller));
        }

        if ((options.Set & Kernel.MOUNT_ATTR_RDONLY) != 0)
            root.SetAttributes(tmpfs, Kernel.MOUNT_ATTR_RDONLY, 0, 0, recursive: false, $"read-only {destination}");
    }

    private Slot Hierarchy(IReadOnlyList<CgroupHierarchy> hierarchies, int index, MountOptions options)
    {
        var hierarchy = hierarchies[index];
        if (!ownNamespace)
        {
            var source = cgroup is null ? hierarchy.MountPoint : cgroup.Directories[index];
            var tree = root.CloneTree(source, MountOptions.Parse(["bind"]));
            root.SetAttributes(tree, options.Set & ~Kernel.MOUNT_ATTR__ATIME, 0, 0, recursive: false, $"options of {source}");
            return tree;
        }

        var data = hierarchy.IsV2 ? [] : hierarchy.Controllers.Prepend(hierarchy.Controllers.Any(c => c.StartsWith("name=", StringComparison.Ordinal)) ? "none" : "");
        var words = new List<string>();
        if ((options.Set & Kernel.MOUNT_ATTR_RDONLY) != 0) words.Add("ro");
        words.AddRange(["nosuid", "noexec", "nodev", .. data]);
        return root.NewFileSystem(hierarchy.IsV2 ? "cgroup2" : "cgroup", "cgroup", MountOptions.Parse(words), $"mount cgroup {hierarchy.Subsystems}");
    }
}
