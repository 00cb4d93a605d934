using System.Globalization;
using System.Runtime.InteropServices;

namespace Troupe.Specs.Runtime;

/// <summary>What a default configuration depends on, so that <see cref="DefaultSpec"/> itself is pure.</summary>
/// <param name="Architecture">Of the machine: X64 or Arm64.</param>
/// <param name="Kernel">Major and minor version.</param>
/// <param name="IsCgroupV2">The unified hierarchy is mounted on /sys/fs/cgroup (hybrid counts as v1).</param>
/// <param name="ThermalCpus">Ids of the possible CPUs that have a thermal_throttle directory in sysfs.</param>
public sealed record HostFacts(Architecture Architecture, Version Kernel, bool IsCgroupV2, IReadOnlyList<int> ThermalCpus)
{
    /// <summary>Reads them from this machine. A few file reads; callers keep the result.</summary>
    public static HostFacts Read() => new(
        RuntimeInformation.ProcessArchitecture, KernelVersion(File.ReadAllText("/proc/sys/kernel/osrelease")),
        File.Exists("/sys/fs/cgroup/cgroup.controllers"), ReadThermalCpus("/sys/devices/system/cpu"));

    /// <summary>Major and minor of a release such as <c>6.1.0-13-amd64</c>.</summary>
    /// <exception cref="FormatException">The text does not begin with two numbers.</exception>
    public static Version KernelVersion(string release)
    {
        var parts = release.Split('.', 3);
        if (parts.Length < 2) throw new FormatException($"not a kernel release: {release}");
        var minor = new string([.. parts[1].TakeWhile(char.IsAsciiDigit)]);
        return new Version(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(minor, CultureInfo.InvariantCulture));
    }

    /// <summary>The numbers of a kernel list such as <c>0-3,8</c>.</summary>
    public static IReadOnlyList<int> CpuList(string list)
    {
        var cpus = new List<int>();
        foreach (var range in list.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-', 2);
            var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            var last = ends.Length == 2 ? int.Parse(ends[1], CultureInfo.InvariantCulture) : first;
            for (var cpu = first; cpu <= last; cpu++) cpus.Add(cpu);
        }

        return cpus;
    }

    private static IReadOnlyList<int> ReadThermalCpus(string directory)
    {
        var possible = Path.Join(directory, "possible");
        if (!File.Exists(possible)) return [];
        return [.. CpuList(File.ReadAllText(possible)).Where(cpu => Directory.Exists(Path.Join(directory, $"cpu{cpu}", "thermal_throttle")))];
    }
}
