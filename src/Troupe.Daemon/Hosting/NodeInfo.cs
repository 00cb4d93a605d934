using Troupe.Daemon.Engine;
using Troupe.Daemon.Options;
using Troupe.Protocol;

namespace Troupe.Daemon.Hosting;

/// <summary>What docker info and docker version show of this node.</summary>
internal sealed class NodeInfo(DaemonOptions options, NodeIdentity identity, DateTimeOffset startedAt, IIncarnations incarnations) : INodeInfo
{
    /// <summary>cgroup v2 alone has this file at the root of the hierarchy.</summary>
    private const string UnifiedMarker = "/sys/fs/cgroup/cgroup.controllers";

    private readonly NodeDescription _description = new(
        identity.NodeId, Environment.MachineName, DaemonVersion.Text, options.DataRoot, options.Labels, options.InsecureRegistries,
        options.RegistryMirrors, options.Debug, startedAt, File.Exists(UnifiedMarker) ? "2" : "1", SecurityOptions());

    public bool IsReady => incarnations.Current is not null;

    public NodeDescription Describe() => _description;

    /// <summary>In Docker's notation. What the kernel lacks is not claimed.</summary>
    private static string[] SecurityOptions() =>
        File.Exists("/proc/sys/kernel/seccomp/actions_avail") ? ["name=seccomp,profile=builtin", "name=cgroupns"] : ["name=cgroupns"];
}
