using Troupe.Linux;
using Troupe.Linux.Bpf;
using Troupe.Linux.Processes;
using Troupe.Linux.Programs;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Cgroups;

/// <summary>
/// A container's cgroup: one directory in every hierarchy that the machine has. On a hybrid machine the v2 tree carries no controllers
/// but gives cgroup.kill and cgroup.freeze, and is joined by clone itself.
/// </summary>
internal sealed class ContainerCgroup(IReadOnlyList<CgroupHierarchy> hierarchies, IReadOnlyList<string> directories)
{
    public IReadOnlyList<CgroupHierarchy> Hierarchies { get; } = hierarchies;

    /// <summary>In the order of the hierarchies.</summary>
    public IReadOnlyList<string> Directories { get; } = directories;

    /// <summary>
    /// Says where the directories will be, and makes nothing. An absolute path is from each hierarchy's root, a relative one below this
    /// process's own cgroup; null: a cgroup named like the container.
    /// </summary>
    public static ContainerCgroup Plan(string? cgroupsPath, string id)
    {
        var hierarchies = CgroupHierarchies.Detect();
        var path = cgroupsPath ?? id;
        if (path.Contains(':', StringComparison.Ordinal) && !path.StartsWith('/'))
            throw new RuntimeException($"cgroupsPath \"{path}\" is a systemd path; systemd cgroups are not supported");
        var own = path.StartsWith('/') ? null : CgroupHierarchies.OwnPaths();
        var clean = string.Join('/', Mounts.RootProgram.Components(path));
        return new ContainerCgroup(hierarchies, [.. hierarchies.Select(h => $"{h.MountPoint}{Parent(h)}/{clean}")]);

        string Parent(CgroupHierarchy h) =>
            own is not null && own.TryGetValue(h.IsV2 ? "" : h.Subsystems, out var inner) ? inner.TrimEnd('/') : "";
    }

    /// <summary>Makes the directories. Fails when one exists already and holds processes; then, as at any failure, it leaves those alone.</summary>
    public void Make()
    {
        var made = new List<string>();
        try
        {
            foreach (var (hierarchy, directory) in Hierarchies.Zip(Directories))
            {
                if (Directory.Exists(directory) && File.ReadAllText(directory + "/cgroup.procs").Length > 0)
                    throw new RuntimeException($"container's cgroup is not empty: {directory}");
                if (hierarchy.IsV2) EnableControllers(hierarchy, directory);
                Directory.CreateDirectory(directory);
                made.Add(directory);
                if (hierarchy.Has("cpuset") && !hierarchy.IsV2) InheritCpuset(hierarchy.MountPoint, directory);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RuntimeException)
        {
            new ContainerCgroup(Hierarchies, made).TryRemove();
            if (e is RuntimeException) throw;
            throw new RuntimeException($"can't make cgroup: {e.Message}", default, 128, e);
        }
    }

    /// <summary>The v2 tree, or null.</summary>
    public string? Unified => At(h => h.IsV2);

    public string? Directory1(string controller) => At(h => !h.IsV2 && h.Has(controller));

    private string? At(Func<CgroupHierarchy, bool> which)
    {
        for (var i = 0; i < Hierarchies.Count; i++)
        {
            if (which(Hierarchies[i])) return Directories[i];
        }

        return null;
    }

    /// <summary>cgroup v2: a controller reaches a group only when every group above passes it on.</summary>
    private static void EnableControllers(CgroupHierarchy hierarchy, string directory)
    {
        if (hierarchy.Controllers.Length == 0) return;
        var wanted = hierarchy.Controllers.Where(c => c is "cpu" or "cpuset" or "io" or "memory" or "pids" or "hugetlb").Select(c => "+" + c).ToList();
        for (var at = hierarchy.MountPoint; at.Length < directory.Length; at = NextBelow(at, directory))
        {
            Directory.CreateDirectory(at);
            foreach (var controller in wanted) CgroupFile.TryWrite(at + "/cgroup.subtree_control", controller);
        }
    }

    private static string NextBelow(string at, string directory)
    {
        var end = directory.IndexOf('/', at.Length + 1);
        return end < 0 ? directory : directory[..end];
    }

    /// <summary>v1: a fresh cpuset has no cpu and no memory node, and no process can join it. Parents made on the way need theirs too.</summary>
    private static void InheritCpuset(string mountPoint, string directory)
    {
        for (var at = mountPoint; at.Length < directory.Length;)
        {
            var below = NextBelow(at, directory);
            foreach (var file in (ReadOnlySpan<string>)["cpuset.cpus", "cpuset.mems"])
            {
                if (File.ReadAllText($"{below}/{file}").Trim().Length == 0) CgroupFile.Write($"{below}/{file}", File.ReadAllText($"{at}/{file}").Trim());
            }

            at = below;
        }
    }

    /// <summary>Applies limits and device rules. Precondition: nothing runs in the cgroup yet.</summary>
    public void Apply(OciResources? resources)
    {
        if (resources is null) return;
        foreach (var (controller, file, value) in CgroupLimits.V1(resources))
        {
            var directory = Directory1(controller);
            if (directory is not null) CgroupFile.Write($"{directory}/{file}", value);
        }

        ApplyDevices(resources.Devices ?? []);
        var v2 = Hierarchies.FirstOrDefault(h => h.IsV2);
        if (v2 is not { Controllers.Length: > 0 } || Unified is null) return;
        foreach (var (file, value) in CgroupLimits.V2(resources))
        {
            if (File.Exists($"{Unified}/{file}")) CgroupFile.Write($"{Unified}/{file}", value);
        }
    }

    /// <summary>By the files of the v1 controller, or by a program on the v2 tree where there is none.</summary>
    private void ApplyDevices(OciDeviceRule[] given)
    {
        var rules = CgroupLimits.WithDefaults(given);
        if (Directory1("devices") is { } devices)
        {
            CgroupFile.WriteAll(devices, CgroupLimits.DeviceFiles(rules));
            return;
        }

        if (Unified is null && given.All(r => r.Allow)) return;
        if (Unified is null) throw new RuntimeException("device rules need the devices controller or cgroup v2, and this machine mounts neither");
        using var unified = DescriptorFiles.Open(Unified, Kernel.O_RDONLY | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC);
        try
        {
            CgroupDevicePrograms.Set(unified, DeviceFilter.Compile(rules));
        }
        catch (LinuxException e)
        {
            throw new RuntimeException($"unable to apply device rules to {Unified}: {e.Message}", e.Errno, 128, e);
        }
    }

    /// <summary>
    /// The files through which a child joins the v1 hierarchies: <c>tasks</c>, because writing one thread there is several times cheaper than
    /// moving a whole process by cgroup.procs.
    /// </summary>
    public List<FileDescriptor> OpenTasks()
    {
        var result = new List<FileDescriptor>();
        for (var i = 0; i < Directories.Count; i++)
        {
            if (!Hierarchies[i].IsV2) result.Add(DescriptorFiles.Open(Directories[i] + "/tasks", Kernel.O_WRONLY | Kernel.O_CLOEXEC));
        }

        return result;
    }

    public FileDescriptor? OpenUnified() =>
        Unified is null ? null : DescriptorFiles.Open(Unified, Kernel.O_PATH | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC);

    /// <summary>Process ids in the cgroup, of the first hierarchy that tells.</summary>
    public IReadOnlyList<int> Processes()
    {
        var file = (Unified ?? (Directories.Count > 0 ? Directories[0] : null)) is { } directory ? directory + "/cgroup.procs" : null;
        return file is null || !File.Exists(file) ? [] : [.. File.ReadAllLines(file).Select(l => int.Parse(l, System.Globalization.CultureInfo.InvariantCulture))];
    }

    /// <summary>Signals every process; SIGKILL in one step by cgroup.kill where the kernel has it (5.14).</summary>
    public void SignalAll(int signal)
    {
        if (signal == Kernel.SIGKILL && Unified is not null && File.Exists(Unified + "/cgroup.kill"))
        {
            CgroupFile.Write(Unified + "/cgroup.kill", "1");
            return;
        }

        foreach (var pid in Processes())
        {
            using var process = PidFds.TryOpen(pid, out _);
            if (process is not null) PidFds.Signal(process, signal);
        }
    }

    /// <summary>
    /// Removes the directories. A group stays busy for a moment after its last process: waits up to a second. True when all are gone.
    /// </summary>
    public bool TryRemove()
    {
        const int attempts = 100;
        var left = Directories;
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            left = [.. left.Where(d => !CgroupFile.TryRemoveDirectory(d))];
            if (left.Count == 0) return true;
            Waits.Pause(milliseconds: 10);
        }

        return false;
    }
}
