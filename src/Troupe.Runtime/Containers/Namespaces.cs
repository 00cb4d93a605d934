using Troupe.Linux;
using Troupe.Linux.Programs;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>Namespaces of a specification: which are made, which are joined by path.</summary>
internal static class Namespaces
{
    private static readonly (string Type, ulong Flag, string File)[] s_types =
    [
        ("user", ChildProcess.CloneNewUser, "user"), ("cgroup", ChildProcess.CloneNewCgroup, "cgroup"), ("ipc", ChildProcess.CloneNewIpc, "ipc"),
        ("uts", ChildProcess.CloneNewUts, "uts"), ("network", ChildProcess.CloneNewNet, "net"), ("pid", ChildProcess.CloneNewPid, "pid"),
        ("mount", ChildProcess.CloneNewNs, "mnt"), ("time", ChildProcess.CloneNewTime, "time"),
    ];

    public static bool Creates(OciSpec spec, string type) =>
        (spec.Linux?.Namespaces ?? []).Any(n => n.Type == type && string.IsNullOrEmpty(n.Path));

    /// <summary>For clone3: all that are made, but cgroup and time, which the child makes for itself (see InitProgram).</summary>
    public static ulong CloneFlags(OciSpec spec)
    {
        ulong flags = 0;
        foreach (var (type, flag, _) in s_types)
        {
            if (type is not ("cgroup" or "time") && Creates(spec, type)) flags |= flag;
        }

        return flags;
    }

    /// <summary>The flag of a type.</summary>
    public static ulong Flag(string type) => s_types.First(t => t.Type == type).Flag;

    /// <summary>All namespaces, for setns by pidfd.</summary>
    public static ulong All => s_types.Aggregate(0UL, (all, t) => all | t.Flag);

    /// <summary>The file name below /proc/PID/ns.</summary>
    public static IEnumerable<(string Type, string File)> Files => s_types.Select(t => (t.Type, t.File));

    /// <summary>Refuses what can't work: unknown or repeated types, a container without a mount namespace of its own.</summary>
    public static void Validate(OciSpec spec)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var ns in spec.Linux?.Namespaces ?? [])
        {
            if (!s_types.Any(t => t.Type == ns.Type)) throw new RuntimeException($"namespace \"{ns.Type}\" does not exist");
            if (!seen.Add(ns.Type)) throw new RuntimeException($"malformed spec file: duplicated ns {{\"{ns.Type}\" \"{ns.Path}\"}}");
            if (!string.IsNullOrEmpty(ns.Path) && !File.Exists(ns.Path))
                throw new RuntimeException($"lstat {ns.Path}: no such file or directory", Errno.ENOENT, 128);
        }

        if (!Creates(spec, "mount")) throw new RuntimeException("a container needs a mount namespace of its own");
        if (spec.Hostname is { Length: > 0 } && !seen.Contains("uts")) throw new RuntimeException("unable to set hostname without a private UTS namespace");
    }
}
