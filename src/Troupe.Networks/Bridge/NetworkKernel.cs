using System.Net.NetworkInformation;
using System.Text;
using Troupe.Linux;
using Troupe.Linux.Netlink;
using Troupe.Linux.Nftables;
using Troupe.Networks.Ipam;
using Troupe.Networks.Resolver;
using Troupe.Protocol;

namespace Troupe.Networks.Bridge;

/// <summary>The real kernel, as seen from one network namespace: the host's, or a test's own.</summary>
internal sealed class NetworkKernel : INetworkKernel
{
    private readonly string _host;
    private readonly string _lockPath;
    private readonly RouteNetlink _routes;
    private readonly NftablesContext _nftables;
    private readonly ForwardingSwitch _forwarding;
    private PoolLock? _poolLock;

    private NetworkKernel(string host, string lockPath, RouteNetlink routes, NftablesContext nftables, ForwardingSwitch forwarding)
    {
        (_host, _lockPath) = (host, lockPath);
        (_routes, _nftables, _forwarding) = (routes, nftables, forwarding);
    }

    public const string ContainerInterface = "eth0";

    /// <summary>In the calling thread's namespace.</summary>
    public static NetworkKernel Open(string lockPath)
    {
        using var current = NetworkNamespace.Current();
        return OpenIn(current, lockPath);
    }

    public static NetworkKernel OpenIn(NetworkNamespace host, string lockPath)
    {
        var parts = new Stack<IDisposable>();
        try
        {
            var routes = Keep(RouteNetlink.OpenIn(host));
            var nftables = Keep(NftablesContext.OpenIn(host));
            var forwarding = Keep(ForwardingSwitch.OpenIn(host));
            parts.Clear();
            return new NetworkKernel(host.Identity, lockPath, routes, nftables, forwarding);
        }
        finally
        {
            // What was opened before a later part failed.
            foreach (var part in parts) part.Dispose();
        }

        T Keep<T>(T part) where T : IDisposable
        {
            parts.Push(part);
            return part;
        }
    }

    public void Dispose()
    {
        _poolLock?.Dispose();
        _forwarding.Dispose();
        _nftables.Dispose();
        _routes.Dispose();
    }

    public PoolChoice ChoosePool(PoolWish wish)
    {
        _poolLock ??= PoolLock.Take(_lockPath);
        var links = _routes.ListLinks("");
        var routes = _routes.ListRoutes();
        var gateway = wish.Fixed ?? PoolChooser.Choose(wish.Pools, Taken(links, routes, wish.OwnBridge));
        if (gateway is null)
        {
            ReleasePoolLock();
            throw new NetworkKernelException(
                ErrorCode.ResourceExhausted,
                "all predefined address pools have been fully subnetted or overlap this host's routes; configure --default-address-pool or --bip");
        }

        return new PoolChoice(gateway.Value, wish.Mtu != 0 ? wish.Mtu : UplinkMtu(links, routes));
    }

    public BridgeReport EnsureBridge(BridgePlan plan)
    {
        var link = _routes.FindLink(plan.Bridge);
        var wasCreated = link is null;
        if (link is null)
        {
            _routes.CreateBridge(new BridgeSpec(plan.Bridge, plan.Mtu, Mac(plan.Gateway.Address)));
            link = _routes.FindLink(plan.Bridge) ?? throw Missing(plan.Bridge);
        }

        if (link.Kind != "bridge")
            throw new NetworkKernelException(ErrorCode.FailedPrecondition, $"link {plan.Bridge} is no bridge but a {link.Kind}");
        if (link.Mtu != plan.Mtu) _routes.SetMtu(plan.Bridge, plan.Mtu);
        if (!link.IsUp) _routes.SetUp(plan.Bridge);
        var former = EnsureAddress(link, plan);
        ReleasePoolLock();
        _nftables.Run(FirewallRules.Apply(plan.Table, plan.Bridge));
        foreach (var subnet in former) _nftables.Run(FirewallRules.ForgetSubnet(plan.Table, plan.Bridge, subnet));
        _nftables.Run(FirewallRules.Join(plan.Table, plan.Bridge, plan.Gateway.Subnet));
        var wasForwardingEnabled = EnsureForwarding(plan);
        return new BridgeReport(wasCreated, wasForwardingEnabled, Reattach(link, plan));
    }

    public void Connect(LinkPlan plan)
    {
        var bridge = _routes.FindLink(plan.Bridge) ?? throw Missing(plan.Bridge);
        using var place = NamespaceOf(plan.Pid);
        var veth = new VethSpec(plan.Link, bridge.Index, plan.Mtu, ContainerInterface, plan.HardwareAddress, place);
        try
        {
            _routes.CreateVeth(veth);
        }
        catch (NetlinkException exception) when (exception.Errno == Errno.EEXIST)
        {
            // Of an earlier attempt for the same endpoint: the name is the endpoint's own.
            _routes.DeleteLink(plan.Link);
            _routes.CreateVeth(veth);
        }

        try
        {
            using var inside = RouteNetlink.OpenIn(place);
            inside.ConfigureInterface(new InterfaceSpec(
                ContainerInterface, Ipv4.ToIPAddress(plan.Address.Address), plan.Address.PrefixLength, Ipv4.ToIPAddress(plan.Gateway)));
        }
        catch (IOException)
        {
            _routes.DeleteLink(plan.Link);
            throw;
        }
    }

    public string[] Sweep(SweepPlan plan)
    {
        var bridge = _routes.FindLink(plan.Bridge)?.Index ?? 0;
        var leaked = _routes.ListLinks(plan.VethPrefix)
            .Where(link => !plan.Owned.Contains(link.Name) && (link.MasterIndex == 0 || link.MasterIndex == bridge));
        // A link that went by itself in between is not counted.
        return [.. leaked.Where(link => _routes.DeleteLink(link.Name)).Select(link => link.Name)];
    }

    public HostResolver ReadResolver()
    {
        var text = ReadSmall(HostResolver.Path);
        if (HostResolver.IsSystemdStub(text) && File.Exists(HostResolver.SystemdPath)) text = ReadSmall(HostResolver.SystemdPath);
        return HostResolver.Parse(text);
    }

    /// <summary>Removes every link of the instance and its table. Idempotent; containers that still run lose their network.</summary>
    public void RemoveAll(string instance)
    {
        // A port goes before its bridge, so that no link is left without a master in between.
        var links = _routes.ListLinks(KernelNames.LinkPrefix(instance));
        foreach (var link in links.OrderBy(link => link.Kind == "bridge")) _routes.DeleteLink(link.Name);
        _nftables.Run(FirewallRules.Remove(KernelNames.Table(instance)));
    }

    internal static PhysicalAddress Mac(uint address) =>
        PhysicalAddress.Parse(AddressAllocator.HardwareAddress(address).ToUpperInvariant().Replace(':', '-'));

    private static List<Ipv4Subnet> Taken(IReadOnlyList<LinkInfo> links, IReadOnlyList<RouteInfo> routes, string ownBridge)
    {
        var own = links.FirstOrDefault(link => link.Name == ownBridge)?.Index ?? -1;
        return
        [
            .. routes.Where(route => route.LinkIndex != own)
                .Select(route => Ipv4Subnet.Of(Ipv4.FromIPAddress(route.Destination), route.PrefixLength)),
        ];
    }

    private static int UplinkMtu(IReadOnlyList<LinkInfo> links, IReadOnlyList<RouteInfo> routes)
    {
        var uplink = routes.FirstOrDefault(route => route.PrefixLength == 0)?.LinkIndex;
        var mtu = links.FirstOrDefault(link => link.Index == uplink)?.Mtu ?? Limits.MtuDefaultMax;
        return Math.Clamp(mtu, Limits.MtuMin, Limits.MtuDefaultMax);
    }

    private NetworkNamespace NamespaceOf(int pid)
    {
        try
        {
            var place = NetworkNamespace.OfProcess(pid);
            if (place.Identity != _host) return place;
            place.Dispose();
        }
        catch (LinuxException exception) when (exception.Errno == Errno.ENOENT || exception.Errno == Errno.ESRCH)
        {
            throw new NetworkKernelException(ErrorCode.FailedPrecondition, $"process {pid} of the container is gone");
        }

        throw new NetworkKernelException(ErrorCode.FailedPrecondition, $"process {pid} has no network namespace of its own");
    }

    // Returns the subnets of addresses that were taken off: the operator changed --bip.
    private List<Ipv4Subnet> EnsureAddress(LinkInfo bridge, BridgePlan plan)
    {
        var former = new List<Ipv4Subnet>();
        var isThere = false;
        foreach (var found in _routes.ListAddresses().Where(address => address.LinkIndex == bridge.Index))
        {
            var place = new Ipv4Interface(Ipv4.FromIPAddress(found.Address), found.PrefixLength);
            isThere |= place == plan.Gateway;
            if (place == plan.Gateway) continue;
            _routes.RemoveAddress(bridge.Index, found.Address, found.PrefixLength);
            if (place.Subnet != plan.Gateway.Subnet) former.Add(place.Subnet);
        }

        if (!isThere) _routes.AddAddress(bridge.Index, Ipv4.ToIPAddress(plan.Gateway.Address), plan.Gateway.PrefixLength);
        return former;
    }

    private bool EnsureForwarding(BridgePlan plan)
    {
        if (_forwarding.IsOn) return false;
        // Turning it on makes the node a router for all its links; those that were there before stay as closed to one another as they were.
        // The guard comes first, so that there is no moment without it.
        var links = _routes.ListLinks("")
            .Where(link => !link.IsLoopback && !link.Name.StartsWith("trp", StringComparison.Ordinal) && IsPlain(link.Name))
            .Select(link => link.Name)
            .ToArray();
        if (links.Length > 0) _nftables.Run(FirewallRules.Guard(plan.Table, links));
        _forwarding.TurnOn();
        return true;
    }

    private string[] Reattach(LinkInfo bridge, BridgePlan plan)
    {
        var lost = _routes.ListLinks(plan.LinkPrefix)
            .Where(link => plan.OwnedLinks.Contains(link.Name) && link.MasterIndex != bridge.Index)
            .Select(link => link.Name)
            .ToArray();
        foreach (var name in lost) _routes.SetMaster(name, bridge.Index);
        return lost;
    }

    private void ReleasePoolLock()
    {
        _poolLock?.Dispose();
        _poolLock = null;
    }

    // Names go into nft's language: what is not plain (the kernel allows quotes) stays out.
    private static bool IsPlain(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static NetworkKernelException Missing(string bridge) =>
        new(ErrorCode.Unavailable, $"bridge {bridge} is gone") { IsBridgeMissing = true };

    private static string ReadSmall(string path)
    {
        if (!File.Exists(path)) return "";
        using var file = File.OpenHandle(path);
        var buffer = new byte[Limits.ResolvConfBytesMax];
        return Encoding.UTF8.GetString(buffer, 0, RandomAccess.Read(file, buffer, 0));
    }
}
