using System.Globalization;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Cgroups;

/// <summary>OCI resources as values of controller files (config-linux.md, "Control groups"). Pure. Order matters: it is the order of the writes.</summary>
internal static class CgroupLimits
{
    public static IEnumerable<(string Controller, string File, string Value)> V1(OciResources resources)
    {
        if (resources.Memory is { } memory)
        {
            if (memory.Limit is { } limit) yield return ("memory", "memory.limit_in_bytes", N(limit));
            if (memory.Swap is { } swap) yield return ("memory", "memory.memsw.limit_in_bytes", N(swap));
            if (memory.Reservation is { } reservation) yield return ("memory", "memory.soft_limit_in_bytes", N(reservation));
            if (memory.Swappiness is { } swappiness) yield return ("memory", "memory.swappiness", N((long)swappiness));
            if (memory.DisableOOMKiller == true) yield return ("memory", "memory.oom_control", "1");
        }

        if (resources.Cpu is { } cpu)
        {
            if (cpu.Idle is { } idle) yield return ("cpu", "cpu.idle", N(idle));
            if (cpu.Shares is { } shares) yield return ("cpu", "cpu.shares", N((long)shares));
            if (cpu.Period is { } period) yield return ("cpu", "cpu.cfs_period_us", N((long)period));
            if (cpu.Quota is { } quota) yield return ("cpu", "cpu.cfs_quota_us", N(quota));
            if (cpu.Burst is { } burst) yield return ("cpu", "cpu.cfs_burst_us", N((long)burst));
            if (cpu.RealtimePeriod is { } realtimePeriod) yield return ("cpu", "cpu.rt_period_us", N((long)realtimePeriod));
            if (cpu.RealtimeRuntime is { } realtime) yield return ("cpu", "cpu.rt_runtime_us", N(realtime));
            if (!string.IsNullOrEmpty(cpu.Cpus)) yield return ("cpuset", "cpuset.cpus", cpu.Cpus);
            if (!string.IsNullOrEmpty(cpu.Mems)) yield return ("cpuset", "cpuset.mems", cpu.Mems);
        }

        if (resources.Pids is { } pids) yield return ("pids", "pids.max", pids.Limit > 0 ? N(pids.Limit) : "max");
        foreach (var page in resources.HugepageLimits ?? []) yield return ("hugetlb", $"hugetlb.{page.PageSize}.limit_in_bytes", N((long)page.Limit));
        if (resources.BlockIo is not { } io) yield break;
        if (io.Weight is { } weight and > 0) yield return ("blkio", "blkio.bfq.weight", N(weight));
        foreach (var (file, throttles) in Throttles(io, "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device",
            "blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device"))
        {
            foreach (var throttle in throttles) yield return ("blkio", file, $"{N(throttle.Major)}:{N(throttle.Minor)} {throttle.Rate}");
        }
    }

    private static IEnumerable<(string File, OciThrottle[] Throttles)> Throttles(OciBlockIo io, string readBps, string writeBps, string readIops, string writeIops) =>
    [
        (readBps, io.ThrottleReadBpsDevice ?? []), (writeBps, io.ThrottleWriteBpsDevice ?? []),
        (readIops, io.ThrottleReadIOPSDevice ?? []), (writeIops, io.ThrottleWriteIOPSDevice ?? []),
    ];

    public static IEnumerable<(string File, string Value)> V2(OciResources resources)
    {
        if (resources.Memory is { } memory)
        {
            if (memory.Limit is { } limit) yield return ("memory.max", Max(limit));
            // The specification's swap is memory plus swap; v2 counts swap alone.
            if (memory.Swap is { } swap) yield return ("memory.swap.max", swap < 0 ? "max" : N(swap - (memory.Limit ?? 0)));
            if (memory.Reservation is { } reservation) yield return ("memory.low", Max(reservation));
        }

        if (resources.Cpu is { } cpu)
        {
            if (cpu.Idle is { } idle) yield return ("cpu.idle", N(idle));
            if (cpu.Shares is { } shares and > 0) yield return ("cpu.weight", N(Weight((long)shares)));
            if (cpu.Quota is not null || cpu.Period is not null)
                yield return ("cpu.max", $"{(cpu.Quota is { } quota and > 0 ? N(quota) : "max")} {N((long)(cpu.Period ?? 100_000))}");
            if (cpu.Burst is { } burst) yield return ("cpu.max.burst", N((long)burst));
            if (!string.IsNullOrEmpty(cpu.Cpus)) yield return ("cpuset.cpus", cpu.Cpus);
            if (!string.IsNullOrEmpty(cpu.Mems)) yield return ("cpuset.mems", cpu.Mems);
        }

        if (resources.Pids is { } pids) yield return ("pids.max", pids.Limit > 0 ? N(pids.Limit) : "max");
        foreach (var page in resources.HugepageLimits ?? []) yield return ($"hugetlb.{page.PageSize}.max", N((long)page.Limit));
        foreach (var (file, value) in resources.Unified ?? []) yield return (file, value);
    }

    /// <summary>cpu.shares 2..262144 onto cpu.weight 1..10000, linearly.</summary>
    internal static long Weight(long shares) => 1 + ((Math.Clamp(shares, 2, 262144) - 2) * 9999 / 262142);

    /// <summary>
    /// What every container may use whatever its rules say (runtime-spec, config-linux.md, "Default Devices"): the standard devices, and making
    /// nodes of any, which gives no access to them.
    /// </summary>
    public static IReadOnlyList<OciDeviceRule> DefaultDeviceRules { get; } =
    [
        new() { Allow = true, Type = "c", Access = "m" }, new() { Allow = true, Type = "b", Access = "m" },
        .. new (long Major, long Minor)[] { (1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2), (136, -1) }
            .Select(d => new OciDeviceRule { Allow = true, Type = "c", Major = d.Major, Minor = d.Minor, Access = "rwm" }),
    ];

    /// <summary>
    /// A configuration's rules and, after them, the default ones: without those that it says itself and does not take back.
    /// </summary>
    public static IReadOnlyList<OciDeviceRule> WithDefaults(OciDeviceRule[] rules) => [.. rules, .. DefaultDeviceRules.Where(d => !Says(rules, d))];

    private static bool Says(OciDeviceRule[] rules, OciDeviceRule wanted)
    {
        for (var i = rules.Length - 1; i >= 0; i--)
        {
            if (rules[i].Allow ? IsSame(rules[i], wanted) : Overlaps(rules[i], wanted)) return rules[i].Allow;
        }

        return false;
    }

    private static bool IsSame(OciDeviceRule one, OciDeviceRule other) =>
        one.Type == other.Type && (one.Major ?? -1) == (other.Major ?? -1) && (one.Minor ?? -1) == (other.Minor ?? -1) && one.Access == other.Access;

    private static bool Overlaps(OciDeviceRule one, OciDeviceRule other)
    {
        static bool Meet(long? a, long? b) => a is null or -1 || b is null or -1 || a == b;
        var types = string.IsNullOrEmpty(one.Type) || one.Type is "a" || one.Type == other.Type;
        return types && Meet(one.Major, other.Major) && Meet(one.Minor, other.Minor);
    }

    /// <summary>v1 device rules in order: <c>c 1:3 rwm</c>. A rule without type, numbers and access is "all devices".</summary>
    public static IEnumerable<(string File, string Value)> DeviceFiles(IEnumerable<OciDeviceRule> rules)
    {
        foreach (var rule in rules)
        {
            var file = rule.Allow ? "devices.allow" : "devices.deny";
            var type = string.IsNullOrEmpty(rule.Type) ? "a" : rule.Type;
            var access = string.IsNullOrEmpty(rule.Access) ? "rwm" : rule.Access;
            yield return type == "a" && (rule.Major is null or -1) && (rule.Minor is null or -1)
                ? (file, "a")
                : (file, $"{type} {Wild(rule.Major)}:{Wild(rule.Minor)} {access}");
        }
    }

    private static string Wild(long? number) => number is null or -1 ? "*" : N(number.Value);

    private static string Max(long value) => value < 0 ? "max" : N(value);

    private static string N(long value) => value.ToString(CultureInfo.InvariantCulture);
}
