using System.Globalization;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Bundles;

/// <summary>What this machine's kernel offers: read once, it does not change while the machine is up.</summary>
internal sealed record MachineFacts(HostFacts Host, int LastCapability, bool SwapIsCounted)
{
    private static readonly Lazy<MachineFacts> Machine = new(Read);

    public static MachineFacts Current => Machine.Value;

    private static MachineFacts Read()
    {
        var host = HostFacts.Read();
        var last = int.Parse(File.ReadAllText("/proc/sys/kernel/cap_last_cap").Trim(), CultureInfo.InvariantCulture);
        return new MachineFacts(
            host, last, host.IsCgroupV2 || File.Exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"));
    }
}
