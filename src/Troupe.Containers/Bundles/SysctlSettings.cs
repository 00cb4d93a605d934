using Troupe.Protocol.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Bundles;

/// <summary>Kernel settings of a container: only those that belong to one of its own namespaces.</summary>
internal static class SysctlSettings
{
    private static readonly string[] Ipc = ["kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
        "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"];

    /// <summary>Why a setting is refused, in Docker's words; null when all are fine.</summary>
    public static string? Problem(HostSpec host)
    {
        foreach (var name in host.Sysctls.Keys)
        {
            var isNet = name.StartsWith("net.", StringComparison.Ordinal);
            var isIpc = name.StartsWith("fs.mqueue.", StringComparison.Ordinal) || Ipc.Contains(name, StringComparer.Ordinal);
            if (!isNet && !isIpc) return $"sysctl '{name}' is not allowed";
            if (name.Contains('/', StringComparison.Ordinal) || name.Contains("..", StringComparison.Ordinal)) return $"sysctl '{name}' is not allowed";
            if (isNet && host.NetworkMode == NetworkModes.Host) return $"sysctl '{name}' not allowed in host network namespace";
            if (isIpc && host.IpcMode == "host") return $"sysctl '{name}' not allowed in host ipc namespace";
        }

        return null;
    }

    /// <summary>The user's over the defaults: ping and low ports without capabilities.</summary>
    public static Dictionary<string, string>? Of(HostSpec host)
    {
        var all = host.NetworkMode == NetworkModes.Host ? [] : DefaultSpec.NetworkSysctls();
        foreach (var (key, value) in host.Sysctls) all[key] = value;
        return all.Count == 0 ? null : all;
    }
}
