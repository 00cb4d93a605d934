using Troupe.Protocol.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Bundles;

/// <summary>Docker's limits as OCI resources (config-linux.md, "Control groups").</summary>
internal static class OciResourceLimits
{
    /// <summary>A fork bomb must not take the node; Docker has no default here. 0 or -1 lifts it.</summary>
    public const long PidsDefault = 4096;

    private const ulong CfsPeriodUs = 100_000;
    private const long NanoPerCpu = 1_000_000_000;

    /// <param name="swapIsCounted">The kernel counts swap per cgroup; without it a swap limit can't be set, and Docker drops it too.</param>
    public static OciResources Of(HostSpec host, bool swapIsCounted) => new()
    {
        Devices = host.Privileged ? [new OciDeviceRule { Allow = true, Access = "rwm" }] : DefaultSpec.DeviceRules(),
        Memory = Memory(host, swapIsCounted),
        Cpu = Cpu(host),
        Pids = new OciPids(host.PidsLimit switch { null => PidsDefault, <= 0 => -1, var limit => limit.Value }),
    };

    private static OciMemory? Memory(HostSpec host, bool swapIsCounted)
    {
        var memory = new OciMemory
        {
            Limit = Set(host.MemoryBytes),
            Reservation = Set(host.MemoryReservationBytes),
            Swap = swapIsCounted ? Swap(host) : null,
            DisableOOMKiller = host.OomKillDisable is true ? true : null,
        };
        return memory == new OciMemory() ? null : memory;
    }

    /// <summary>Memory and swap together: unless asked, as much swap as memory. -1 is unlimited.</summary>
    private static long? Swap(HostSpec host) => host.MemorySwapBytes != 0 ? host.MemorySwapBytes
        : host.MemoryBytes > 0 ? host.MemoryBytes > long.MaxValue / 2 ? long.MaxValue : host.MemoryBytes * 2 : null;

    private static OciCpu? Cpu(HostSpec host)
    {
        var cpu = new OciCpu
        {
            Shares = host.CpuShares > 0 ? (ulong)host.CpuShares : null,
            Period = host.NanoCpus > 0 ? CfsPeriodUs : host.CpuPeriodUs > 0 ? (ulong)host.CpuPeriodUs : null,
            Quota = host.NanoCpus > 0 ? host.NanoCpus * (long)CfsPeriodUs / NanoPerCpu : Set(host.CpuQuotaUs),
            Cpus = host.CpusetCpus.Length > 0 ? host.CpusetCpus : null,
            Mems = host.CpusetMems.Length > 0 ? host.CpusetMems : null,
        };
        return cpu == new OciCpu() ? null : cpu;
    }

    private static long? Set(long value) => value == 0 ? null : value;
}
