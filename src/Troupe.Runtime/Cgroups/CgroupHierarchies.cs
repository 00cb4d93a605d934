using System.Globalization;

namespace Troupe.Runtime.Cgroups;

/// <summary>One mounted cgroup hierarchy: v1 with its controllers (or a name), or the v2 tree.</summary>
internal sealed record CgroupHierarchy(string MountPoint, string[] Controllers, bool IsV2)
{
    /// <summary>The option that mounts it again in a container (v1): its controllers, or <c>name=x</c>.</summary>
    public string Subsystems => string.Join(',', Controllers);

    public bool Has(string controller) => Array.IndexOf(Controllers, controller) >= 0;
}

/// <summary>What this machine mounts: v1, v2 or both (hybrid).</summary>
internal static class CgroupHierarchies
{
    private static List<CgroupHierarchy>? s_detected;

    /// <summary>
    /// Read from /proc/self/mountinfo, in the order of the mounts. A hierarchy mounted twice is taken once. Read once per process: a
    /// container stays in the hierarchies that it was made in.
    /// </summary>
    public static List<CgroupHierarchy> Detect() => s_detected ??= Parse(File.ReadAllText("/proc/self/mountinfo"));

    public static List<CgroupHierarchy> Parse(string mountInfo)
    {
        var result = new List<CgroupHierarchy>();
        foreach (var line in mountInfo.Split('\n'))
        {
            var separator = line.IndexOf(" - cgroup", StringComparison.Ordinal);
            if (separator < 0) continue;
            var mount = line[..separator].Split(' ');
            var fs = line[(separator + 3)..].Split(' ');
            // Field 4 is the root of the mount inside the file system: a bind of a subtree is not the hierarchy.
            if (mount.Length < 5 || fs.Length < 3 || mount[3] != "/") continue;
            var isV2 = fs[0] == "cgroup2";
            var controllers = isV2 ? ReadControllers(mount[4]) : fs[2].Split(',').Where(o => o is not ("rw" or "ro" or "xattr" or "clone_children" or "none")).ToArray();
            if (!result.Any(h => h.IsV2 == isV2 && (isV2 || h.Subsystems == string.Join(',', controllers)))) result.Add(new CgroupHierarchy(mount[4], controllers, isV2));
        }

        return result;
    }

    private static string[] ReadControllers(string mountPoint)
    {
        var file = mountPoint + "/cgroup.controllers";
        return File.Exists(file) ? File.ReadAllText(file).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries) : [];
    }

    /// <summary>This process's own cgroup in each hierarchy, by its subsystem list (empty for v2): what a relative cgroupsPath is below.</summary>
    public static Dictionary<string, string> OwnPaths()
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadAllLines("/proc/self/cgroup"))
        {
            var fields = line.Split(':', 3);
            if (fields.Length == 3) result[fields[1]] = fields[2];
        }

        return result;
    }

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
