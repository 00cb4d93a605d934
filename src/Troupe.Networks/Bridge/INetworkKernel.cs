using System.Net.NetworkInformation;
using Troupe.Networks.Ipam;
using Troupe.Networks.Resolver;

namespace Troupe.Networks.Bridge;

/// <summary>
/// What networks need of the kernel. Calls block, for seconds at most: only a worker on the blocking dispatcher makes them, one at a time.
/// They fail with NetlinkException, NftablesException, LinuxException, IOException or one of <see cref="NetworkKernelException"/>.
/// </summary>
internal interface INetworkKernel : IDisposable
{
    /// <summary>
    /// Chooses a subnet free on this host. From here to <see cref="EnsureBridge"/> (or the end of this object) no other daemon of the
    /// host chooses; fails with IsBusy while another does.
    /// </summary>
    PoolChoice ChoosePool(PoolWish wish);

    /// <summary>Makes the bridge, its address, its rules and the host's forwarding what they shall be. Idempotent.</summary>
    BridgeReport EnsureBridge(BridgePlan plan);

    /// <summary>
    /// Makes the veth pair and sets the container's end up. Repeating it replaces the pair. After a failure nothing of it is left. Fails
    /// with IsBridgeMissing when the bridge must first be made again.
    /// </summary>
    void Connect(LinkPlan plan);

    /// <summary>Deletes the links of a bridge that nobody owns; returns their names.</summary>
    string[] Sweep(SweepPlan plan);

    HostResolver ReadResolver();
}

/// <param name="Fixed">The operator's <c>--bip</c>; wins over the pools.</param>
/// <param name="OwnBridge">Its addresses and routes take nothing.</param>
/// <param name="Mtu">Bytes; 0: the default route's link's, 1500 at most.</param>
internal sealed record PoolWish(Ipv4Interface? Fixed, IReadOnlyList<AddressPool> Pools, string OwnBridge, int Mtu);

internal sealed record PoolChoice(Ipv4Interface Gateway, int Mtu);

/// <param name="OwnedLinks">Links that shall be ports of the bridge if they exist.</param>
internal sealed record BridgePlan(
    string Bridge, string Table, Ipv4Interface Gateway, int Mtu, string LinkPrefix, IReadOnlyCollection<string> OwnedLinks);

/// <param name="WasForwardingEnabled">net.ipv4.ip_forward was off and is on now.</param>
internal sealed record BridgeReport(bool WasCreated, bool WasForwardingEnabled, string[] Reattached);

internal sealed record LinkPlan(
    string Link, string Bridge, int Mtu, PhysicalAddress HardwareAddress, Ipv4Interface Address, uint Gateway, int Pid);

internal sealed record SweepPlan(string Bridge, string VethPrefix, IReadOnlySet<string> Owned);
