using System.Globalization;

namespace Troupe.Specs.Runtime;

/// <summary>
/// What a container gets unless it says otherwise (SECURITY.md, "Default security profile"): pure data, a fresh copy at every call.
/// The daemon builds config.json from it; the values are Docker's wherever a program could see the difference.
/// </summary>
public static class DefaultSpec
{
    /// <summary>Name and major:minor of the device nodes of every container, beyond what devpts gives.</summary>
    public static IReadOnlyList<(string Name, int Major, int Minor)> DeviceNodes { get; } =
        [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

    /// <summary>The 14 capabilities of a container's root user.</summary>
    public static string[] Capabilities() =>
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    /// <summary>
    /// The sets of a process with these capabilities: a user other than root keeps them in the bounding set only. Inheritable and ambient stay
    /// empty, so that a set-user-ID program is the only way to gain one.
    /// </summary>
    public static OciCapabilities CapabilitySets(string[] capabilities, bool isRoot) => new()
    {
        Bounding = [.. capabilities],
        Permitted = isRoot ? [.. capabilities] : [],
        Effective = isRoot ? [.. capabilities] : [],
        Inheritable = [],
        Ambient = [],
    };

    /// <summary>Paths that read as empty. A path that the kernel does not have is skipped by the runtime.</summary>
    public static string[] MaskedPaths(HostFacts host) =>
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
        .. host.ThermalCpus.Select(cpu =>
            string.Create(CultureInfo.InvariantCulture, $"/sys/devices/system/cpu/cpu{cpu}/thermal_throttle")),
    ];

    public static string[] ReadonlyPaths() => ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <param name="shmSizeBytes">Size of /dev/shm; Docker's default is 64 MiB.</param>
    public static OciMount[] Mounts(long shmSizeBytes) =>
    [
        new() { Destination = "/proc", Type = "proc", Source = "proc", Options = ["nosuid", "noexec", "nodev"] },
        new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] },
        new()
        {
            Destination = "/dev/pts", Type = "devpts", Source = "devpts",
            Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
        },
        new() { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", "ro"] },
        new() { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["ro", "nosuid", "noexec", "nodev"] },
        new() { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] },
        new()
        {
            Destination = "/dev/shm", Type = "tmpfs", Source = "shm",
            Options = ["nosuid", "noexec", "nodev", "mode=1777", string.Create(CultureInfo.InvariantCulture, $"size={shmSizeBytes}")],
        },
    ];

    /// <summary>
    /// Deny everything, then: the usual harmless devices, ptys. /dev/fuse is denied by name because the rules before could be widened by a
    /// user's own. An OCI runtime adds by itself, after these, that a node of any device may be made (one that may not be opened does no
    /// harm, and package managers make them); said here, before the denial, runc would refuse the list on cgroup v1.
    /// </summary>
    public static OciDeviceRule[] DeviceRules() =>
    [
        new() { Allow = false, Access = "rwm" },
        .. DeviceNodes.Select(d => new OciDeviceRule { Allow = true, Type = "c", Major = d.Major, Minor = d.Minor, Access = "rwm" }),
        new() { Allow = true, Type = "c", Major = 5, Minor = 1, Access = "rwm" },
        new() { Allow = true, Type = "c", Major = 5, Minor = 2, Access = "rwm" },
        new() { Allow = true, Type = "c", Major = 136, Access = "rwm" },
        new() { Allow = false, Type = "c", Major = 10, Minor = 229, Access = "rwm" },
    ];

    /// <summary>All but user. Cgroup: private on v2 only, as Docker has it; on v1 the files would show the host's paths either way.</summary>
    public static OciNamespace[] Namespaces(HostFacts host)
    {
        OciNamespace[] all = [new("mount"), new("network"), new("uts"), new("pid"), new("ipc")];
        if (host.Kernel >= new Version(5, 6)) all = [.. all, new("time")];
        return host.IsCgroupV2 ? [.. all, new("cgroup")] : all;
    }

    /// <summary>For a network namespace of the container's own: ping and low ports need no capability there.</summary>
    public static Dictionary<string, string> NetworkSysctls() => new()
    {
        ["net.ipv4.ip_unprivileged_port_start"] = "0",
        ["net.ipv4.ping_group_range"] = "0 2147483647",
    };

    /// <summary>
    /// A whole configuration for root with the default capabilities: the caller sets at least process.args, env, cwd, root and cgroupsPath
    /// with <c>with</c>. A caller that changes capabilities makes a new seccomp profile from them.
    /// </summary>
    public static OciSpec Create(HostFacts host)
    {
        var capabilities = Capabilities();
        return new OciSpec
        {
            Process = new OciProcess { Cwd = "/", User = new OciUser(), Capabilities = CapabilitySets(capabilities, isRoot: true) },
            Root = new OciRoot("rootfs", Readonly: false),
            Mounts = Mounts(shmSizeBytes: 64L << 20),
            Linux = new OciLinux
            {
                Namespaces = Namespaces(host),
                Sysctl = NetworkSysctls(),
                MaskedPaths = MaskedPaths(host),
                ReadonlyPaths = ReadonlyPaths(),
                Resources = new OciResources { Devices = DeviceRules() },
                Seccomp = DefaultSeccompProfile.Create(capabilities, host),
            },
        };
    }
}
