using Troupe.Runtime.Containers;

namespace Troupe.Runtime.Security;

/// <summary>Capability names and numbers (linux/capability.h; checked against it by a test).</summary>
internal static class Capabilities
{
    private static readonly string[] s_names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
        "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
        "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    public static int Count => s_names.Length;

    public static string Name(int number) => "CAP_" + s_names[number];

    /// <summary>The set as bits. An unknown name is refused, as the specification demands no more than a warning but an error hides nothing.</summary>
    public static ulong Parse(IEnumerable<string>? names)
    {
        ulong set = 0;
        foreach (var name in names ?? [])
        {
            var index = Array.IndexOf(s_names, name.StartsWith("CAP_", StringComparison.Ordinal) ? name[4..] : name);
            if (index < 0) throw new RuntimeException($"unknown capability \"{name}\"");
            set |= 1UL << index;
        }

        return set;
    }

    /// <summary>What this process may give on: its bounding set, from /proc/self/status.</summary>
    public static ulong OwnBounding() => OwnSet("CapBnd:");

    public static ulong OwnPermitted() => OwnSet("CapPrm:");

    private static ulong OwnSet(string field)
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith(field, StringComparison.Ordinal)) return Convert.ToUInt64(line[field.Length..].Trim(), 16);
        }

        return 0;
    }
}
