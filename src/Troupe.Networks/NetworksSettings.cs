using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;

namespace Troupe.Networks;

/// <summary>What the composition root tells the networks of a node.</summary>
/// <param name="Instance">Six hex digits: the daemon's.</param>
/// <param name="Bip"><c>--bip</c>: the default bridge's address; null takes one from the pools.</param>
/// <param name="Pools"><c>--default-address-pool</c>; empty: <see cref="AddressPool.Defaults"/>.</param>
/// <param name="Mtu">Bytes, 68 to 65535; 0: the default route's link's, 1500 at most.</param>
/// <param name="Dispatcher">For the workers that call the kernel: <c>actors.blocking-dispatcher</c>.</param>
/// <param name="JournalPluginId">The node's journal.</param>
/// <param name="SnapshotPluginId">Empty: no snapshots are taken.</param>
/// <param name="PoolLockPath">A file that the host's daemons share; root's.</param>
public sealed record NetworksSettings(
    string Instance, Ipv4Interface? Bip, IReadOnlyList<AddressPool> Pools, int Mtu, string Dispatcher, TimeProvider Clock,
    string JournalPluginId, string SnapshotPluginId, string PoolLockPath = NetworksSettings.PoolLockPathDefault)
{
    public const string PoolLockPathDefault = "/run/troupe-pools.lock";

    internal IReadOnlyList<AddressPool> PoolsOrDefaults => Pools.Count == 0 ? AddressPool.Defaults : Pools;

    /// <exception cref="ArgumentException">A value that can't work, in the operator's words.</exception>
    public void Validate()
    {
        _ = KernelNames.LinkPrefix(Instance);
        if (Mtu != 0 && Mtu is < Limits.MtuMin or > Limits.MtuMax)
            throw new ArgumentException($"invalid mtu {Mtu}: from {Limits.MtuMin} to {Limits.MtuMax} bytes are possible");
        if (Bip is not { } bip) return;
        if (bip.PrefixLength > 30) throw new ArgumentException($"invalid bip {bip}: no room for a container");
        if (bip.Address == bip.Subnet.Network || bip.Address == bip.Subnet.Broadcast)
            throw new ArgumentException($"invalid bip {bip}: the address is not a host's");
    }
}
