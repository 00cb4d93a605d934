using Troupe.Protocol.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Bundles;

/// <summary>A container's mounts beyond its root, in order.</summary>
internal static class OciMounts
{
    private const long ShmBytesDefault = 64L << 20;

    /// <param name="bundle">Directory of the engine's own files for this container.</param>
    public static OciMount[] Of(HostSpec host, string bundle)
    {
        var mounts = DefaultSpec.Mounts(host.ShmSizeBytes == 0 ? ShmBytesDefault : host.ShmSizeBytes)
            .Where(m => host.IpcMode != "none" || m.Destination != "/dev/shm")
            .Select(m => Adapted(m, host));
        return
        [
            .. mounts,
            Bind(bundle, "resolv.conf", "/etc/resolv.conf"),
            Bind(bundle, "hostname", "/etc/hostname"),
            Bind(bundle, "hosts", "/etc/hosts"),
            .. host.Tmpfs.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => Tmpfs(t.Key, t.Value)),
        ];
    }

    private static OciMount Adapted(OciMount mount, HostSpec host) => mount.Destination switch
    {
        "/dev/shm" or "/dev/mqueue" when host.IpcMode == "host" => new OciMount
        {
            Destination = mount.Destination, Type = "bind", Source = mount.Destination, Options = ["rbind", "nosuid", "noexec", "nodev"],
        },
        "/sys" or "/sys/fs/cgroup" when host.Privileged => mount with
        {
            Options = [.. (mount.Options ?? []).Where(o => o != "ro"), "rw"],
        },
        _ => mount,
    };

    /// <summary>The files are the engine's, not the image's: a fixed name each, in a directory that only root can enter.</summary>
    private static OciMount Bind(string bundle, string file, string destination) => new()
    {
        Destination = destination, Type = "bind", Source = Path.Combine(bundle, file), Options = ["rbind", "rprivate"],
    };

    /// <summary>Docker's defaults come first, so that the user's words win.</summary>
    private static OciMount Tmpfs(string destination, string options) => new()
    {
        Destination = destination, Type = "tmpfs", Source = "tmpfs",
        Options = ["noexec", "nosuid", "nodev", .. options.Split(',', StringSplitOptions.RemoveEmptyEntries)],
    };
}
