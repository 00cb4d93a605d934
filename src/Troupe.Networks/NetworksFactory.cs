using Akka.Actor;
using Troupe.Linux.Netlink;
using Troupe.Networks.Bridge;
using Troupe.Networks.Networks;

namespace Troupe.Networks;

/// <summary>The way in for the composition root.</summary>
public static class NetworksFactory
{
    /// <summary>The front actor of the node's networks, working in the network namespace of the process.</summary>
    /// <exception cref="ArgumentException">Settings that can't work, in the operator's words.</exception>
    public static Props Create(NetworksSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        return NetworksActor.Props(settings, () => NetworkKernel.Open(settings.PoolLockPath));
    }

    /// <summary>As <see cref="Create"/>, but in another network namespace, which the caller keeps open for as long as the actor lives.</summary>
    public static Props CreateIn(NetworkNamespace host, NetworksSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        return NetworksActor.Props(settings, () => NetworkKernel.OpenIn(host, settings.PoolLockPath));
    }

    /// <summary>
    /// Removes every link and the nftables table of an instance (six hex digits), for tests and for taking a node apart. Idempotent. What
    /// still runs loses its network. net.ipv4.ip_forward stays as it is: others may rely on it.
    /// </summary>
    public static void RemoveAll(string instance)
    {
        using var kernel = NetworkKernel.Open(NetworksSettings.PoolLockPathDefault);
        kernel.RemoveAll(instance);
    }
}
