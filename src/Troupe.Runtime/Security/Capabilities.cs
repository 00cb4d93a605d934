using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Security;

/// <summary>Sets of capabilities as the kernel takes them: one bit each.</summary>
internal static class Capabilities
{
    public static int Count => LinuxCapabilities.All.Count;

    public static string Name(int number) => LinuxCapabilities.All[number];

    /// <summary>The set as bits. An unknown name is refused, as the specification demands no more than a warning but an error hides nothing.</summary>
    public static ulong Parse(IEnumerable<string>? names)
    {
        ulong set = 0;
        foreach (var name in names ?? [])
        {
            var index = LinuxCapabilities.NumberOf(name.StartsWith("CAP_", StringComparison.Ordinal) ? name : "CAP_" + name);
            if (index < 0) throw new RuntimeException($"unknown capability \"{name}\"");
            set |= 1UL << index;
        }

        return set;
    }

    /// <summary>What this process may give on: its permitted set, from /proc/self/status.</summary>
    public static ulong OwnPermitted()
    {
        const string field = "CapPrm:";
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith(field, StringComparison.Ordinal)) return Convert.ToUInt64(line[field.Length..].Trim(), 16);
        }

        return 0;
    }
}
