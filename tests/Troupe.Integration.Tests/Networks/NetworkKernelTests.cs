using System.Net;
using System.Net.NetworkInformation;
using Troupe.Integration.Tests.Harness;
using Troupe.Linux;
using Troupe.Linux.Netlink;
using Troupe.Linux.Nftables;
using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;
using Troupe.Protocol;

namespace Troupe.Integration.Tests.Networks;

public sealed class NetworkKernelTests
{
    private static readonly TimeSpan Unreachable = TimeSpan.FromMilliseconds(700);
    private static readonly string Bridge = KernelNames.DefaultBridge(NetworkLab.Instance);

    [Fact]
    public async Task Connect_when_two_containers_are_on_the_bridge_then_they_reach_each_other_and_the_gateway()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        var one = await lab.StartSandboxAsync();
        var two = await lab.StartSandboxAsync();

        kernel.Connect(NetworkLab.Link("172.17.0.2/24", one.Pid, "11111"));
        kernel.Connect(NetworkLab.Link("172.17.0.3/24", two.Pid, "22222"));

        using var inside = NetworkLab.Listen(one.Place, "172.17.0.2");
        Assert.Equal("172.17.0.3", await NetworkLab.SeenFromAsync(two.Place, inside.EndPoint, NetworkLab.Limit));
        Assert.Equal("172.17.0.1", await NetworkLab.SeenFromAsync(lab.Host, inside.EndPoint, NetworkLab.Limit));
        using var host = NetworkLab.Listen(lab.Host, "172.17.0.1");
        Assert.Equal("172.17.0.2", await NetworkLab.SeenFromAsync(one.Place, host.EndPoint, NetworkLab.Limit));
    }

    [Fact]
    public async Task Connect_when_done_then_the_interface_is_what_was_asked_and_has_no_ipv6_address()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        var container = await lab.StartSandboxAsync();

        kernel.Connect(NetworkLab.Link("172.17.0.2/24", container.Pid, "11111"));

        using var inside = RouteNetlink.OpenIn(container.Place);
        var link = inside.FindLink("eth0")!;
        Assert.True(link.IsUp);
        Assert.Equal((1400, "veth", PhysicalAddress.Parse("0242ac110002")), (link.Mtu, link.Kind, link.Address));
        Assert.Equal(new LinkAddress(link.Index, IPAddress.Parse("172.17.0.2"), 24), Assert.Single(inside.ListAddresses()));
        Assert.Contains(inside.ListRoutes(), route => route.PrefixLength == 0 && route.Gateway!.ToString() == "172.17.0.1");
        Assert.Equal("", container.Place.Run(() => File.ReadAllText("/proc/thread-self/net/if_inet6")));
        Assert.Equal("", lab.Host.Run(() => File.ReadAllText("/proc/thread-self/net/if_inet6")));
        var outside = lab.Routes.FindLink("trp0a0a0av11111")!;
        Assert.True(outside.IsUp);
        Assert.Equal(lab.Routes.FindLink(Bridge)!.Index, outside.MasterIndex);
    }

    [Fact]
    public async Task Masquerade_when_a_container_leaves_the_host_then_the_neighbour_sees_the_host_and_can_not_come_in()
    {
        await using var lab = new NetworkLab();
        using var neighbour = lab.AddNeighbour("up0", "198.51.100.1", "198.51.100.2");
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        var container = await lab.StartSandboxAsync();
        kernel.Connect(NetworkLab.Link("172.17.0.2/24", container.Pid, "11111"));

        using var outside = NetworkLab.Listen(neighbour, "198.51.100.2");
        Assert.Equal("198.51.100.1", await NetworkLab.SeenFromAsync(container.Place, outside.EndPoint, NetworkLab.Limit));
        // The neighbour's default route leads through the host, yet nothing is published.
        using var inside = NetworkLab.Listen(container.Place, "172.17.0.2");
        Assert.Null(await NetworkLab.SeenFromAsync(neighbour, inside.EndPoint, Unreachable));
    }

    [Fact]
    public async Task Forwarding_when_it_was_off_then_it_is_turned_on_but_not_between_links_that_were_there()
    {
        await using var lab = new NetworkLab();
        using var left = lab.AddNeighbour("left0", "198.51.100.1", "198.51.100.2");
        using var right = lab.AddNeighbour("right0", "203.0.113.1", "203.0.113.2");
        using var kernel = lab.OpenKernel();
        using var service = NetworkLab.Listen(right, "203.0.113.2");
        lab.TurnForwardingOff();
        Assert.Null(await NetworkLab.SeenFromAsync(left, service.EndPoint, Unreachable));

        Assert.True(kernel.EnsureBridge(NetworkLab.Plan()).WasForwardingEnabled);

        Assert.True(lab.IsForwarding);
        Assert.Null(await NetworkLab.SeenFromAsync(left, service.EndPoint, Unreachable));
        Assert.False(kernel.EnsureBridge(NetworkLab.Plan()).WasForwardingEnabled);
        // Only the guard stands between them: without it the test would prove nothing.
        lab.Nftables.Run("flush set ip troupe-0a0a0a guarded");
        Assert.Equal("198.51.100.2", await NetworkLab.SeenFromAsync(left, service.EndPoint, NetworkLab.Limit));
    }

    [Fact]
    public async Task Rules_when_the_host_drops_forwarding_then_ours_do_not_open_it()
    {
        await using var lab = new NetworkLab();
        using var neighbour = lab.AddNeighbour("up0", "198.51.100.1", "198.51.100.2");
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        var container = await lab.StartSandboxAsync();
        kernel.Connect(NetworkLab.Link("172.17.0.2/24", container.Pid, "11111"));
        lab.Nftables.Run("add table ip own\nadd chain ip own forward { type filter hook forward priority 10 ; policy drop ; }");

        using var outside = NetworkLab.Listen(neighbour, "198.51.100.2");
        Assert.Null(await NetworkLab.SeenFromAsync(container.Place, outside.EndPoint, Unreachable));
        kernel.EnsureBridge(NetworkLab.Plan());
        Assert.Contains("policy drop", lab.Nftables.Run("list table ip own"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureBridge_when_repeated_then_nothing_changes()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        Assert.True(kernel.EnsureBridge(NetworkLab.Plan()).WasCreated);
        var links = lab.Routes.ListLinks("");
        var rules = lab.Nftables.Run("list ruleset");

        Assert.False(kernel.EnsureBridge(NetworkLab.Plan()).WasCreated);

        Assert.Equal(links, lab.Routes.ListLinks(""));
        Assert.Equal(rules, lab.Nftables.Run("list ruleset"));
        Assert.Contains("jump to-trp0a0a0a0", rules, StringComparison.Ordinal);
        var bridge = lab.Routes.FindLink(Bridge)!;
        Assert.Equal(("bridge", 1400, PhysicalAddress.Parse("0242ac110001")), (bridge.Kind, bridge.Mtu, bridge.Address));
    }

    [Fact]
    public async Task EnsureBridge_when_bridge_and_table_were_deleted_then_both_come_back_and_ports_are_put_back()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        var one = await lab.StartSandboxAsync();
        kernel.Connect(NetworkLab.Link("172.17.0.2/24", one.Pid, "11111"));
        lab.Routes.DeleteLink(Bridge);
        lab.Nftables.Run("delete table ip troupe-0a0a0a");

        var thrown = Assert.Throws<NetworkKernelException>(() => kernel.Connect(NetworkLab.Link("172.17.0.3/24", one.Pid, "22222")));
        Assert.True(thrown.IsBridgeMissing);
        var report = kernel.EnsureBridge(NetworkLab.Plan(owned: "trp0a0a0av11111"));

        Assert.True(report.WasCreated);
        Assert.Equal(["trp0a0a0av11111"], report.Reattached);
        using var inside = NetworkLab.Listen(one.Place, "172.17.0.2");
        Assert.Equal("172.17.0.1", await NetworkLab.SeenFromAsync(lab.Host, inside.EndPoint, NetworkLab.Limit));
        Assert.Contains("masquerade", lab.Nftables.Run("list table ip troupe-0a0a0a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureBridge_when_the_subnet_changed_then_the_former_one_is_gone_from_bridge_and_rules()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());

        kernel.EnsureBridge(NetworkLab.Plan("10.5.0.1/16"));

        Assert.Equal("10.5.0.1", Assert.Single(lab.Routes.ListAddresses()).Address.ToString());
        var rules = lab.Nftables.Run("list table ip troupe-0a0a0a");
        Assert.Contains("10.5.0.0/16", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("172.17", rules, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_when_repeated_then_the_pair_is_replaced()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        var one = await lab.StartSandboxAsync();
        var two = await lab.StartSandboxAsync();
        kernel.Connect(NetworkLab.Link("172.17.0.2/24", one.Pid, "11111"));

        kernel.Connect(NetworkLab.Link("172.17.0.2/24", two.Pid, "11111"));

        using var inside = NetworkLab.Listen(two.Place, "172.17.0.2");
        Assert.Equal("172.17.0.1", await NetworkLab.SeenFromAsync(lab.Host, inside.EndPoint, NetworkLab.Limit));
        Assert.Single(lab.Routes.ListLinks("trp0a0a0av"));
    }

    [Fact]
    public async Task Connect_when_the_process_is_gone_or_on_the_host_s_network_then_refused_and_nothing_is_made()
    {
        await using var lab = new NetworkLab();
        using var own = NetworkNamespace.Current();
        using var here = NetworkKernel.OpenIn(own, lab.LockPath);
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        var gone = await lab.StartSandboxAsync();
        var plan = NetworkLab.Link("172.17.0.2/24", gone.Pid, "11111");
        await lab.StopAsync(gone);

        var thrown = Assert.Throws<NetworkKernelException>(() => kernel.Connect(plan));
        Assert.Equal(ErrorCode.FailedPrecondition, thrown.Code);
        Assert.Empty(lab.Routes.ListLinks("trp0a0a0av"));

        var inHost = await StartInAsync(lab);
        thrown = Assert.Throws<NetworkKernelException>(() => kernel.Connect(NetworkLab.Link("172.17.0.2/24", inHost.Pid, "11111")));
        Assert.Contains("no network namespace of its own", thrown.Message, StringComparison.Ordinal);
        await inHost.DisposeAsync();
        Assert.Empty(lab.Routes.ListLinks("trp0a0a0av"));
    }

    [Fact]
    public async Task Connect_when_the_container_s_end_can_not_be_set_up_then_no_link_is_left()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        var container = await lab.StartSandboxAsync();

        // A gateway outside the subnet: the kernel refuses the default route.
        var plan = NetworkLab.Link("172.17.0.2/24", container.Pid, "11111") with { Gateway = Ipv4.Parse("10.0.0.1") };
        var thrown = Assert.Throws<NetlinkException>(() => kernel.Connect(plan));

        Assert.Equal(Errno.ENETUNREACH, thrown.Errno);
        Assert.Equal("Nexthop has invalid gateway", thrown.KernelText);
        Assert.Empty(lab.Routes.ListLinks("trp0a0a0av"));
        using var inside = RouteNetlink.OpenIn(container.Place);
        Assert.Null(inside.FindLink("eth0"));
    }

    [Fact]
    public async Task Veth_when_the_container_s_processes_end_then_it_goes_by_itself()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        var container = await lab.StartSandboxAsync();
        kernel.Connect(NetworkLab.Link("172.17.0.2/24", container.Pid, "11111"));

        await lab.StopAsync(container);

        await Poll.UntilAsync("the veth is gone", NetworkLab.Limit, () => lab.Routes.FindLink("trp0a0a0av11111") is null);
    }

    [Fact]
    public async Task Sweep_when_links_belong_to_nobody_then_those_go_and_others_stay()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        kernel.EnsureBridge(NetworkLab.Plan());
        kernel.EnsureBridge(NetworkLab.Plan("172.18.0.1/24", instance: "0b0b0b"));
        var one = await lab.StartSandboxAsync();
        var two = await lab.StartSandboxAsync();
        var three = await lab.StartSandboxAsync();
        kernel.Connect(NetworkLab.Link("172.17.0.2/24", one.Pid, "11111"));
        kernel.Connect(NetworkLab.Link("172.17.0.3/24", two.Pid, "22222"));
        kernel.Connect(NetworkLab.Link("172.18.0.2/24", three.Pid, "11111", instance: "0b0b0b"));

        var deleted = kernel.Sweep(new SweepPlan(Bridge, "trp0a0a0av", new HashSet<string> { "trp0a0a0av22222" }));

        Assert.Equal(["trp0a0a0av11111"], deleted);
        Assert.NotNull(lab.Routes.FindLink("trp0a0a0av22222"));
        Assert.NotNull(lab.Routes.FindLink("trp0b0b0bv11111"));
    }

    [Fact]
    public async Task RemoveAll_when_two_instances_share_a_host_then_the_other_s_things_stay()
    {
        await using var lab = new NetworkLab();
        using var kernel = lab.OpenKernel();
        using var other = lab.OpenKernel();
        var first = kernel.ChoosePool(Wish(Bridge));
        kernel.EnsureBridge(NetworkLab.Plan(first.Gateway.ToString()));
        var second = other.ChoosePool(Wish("trp0b0b0b0"));
        other.EnsureBridge(NetworkLab.Plan(second.Gateway.ToString(), instance: "0b0b0b"));
        var container = await lab.StartSandboxAsync();
        kernel.Connect(NetworkLab.Link("172.17.0.2/24", container.Pid, "11111"));

        kernel.RemoveAll(NetworkLab.Instance);
        kernel.RemoveAll(NetworkLab.Instance);

        Assert.Equal(("172.17.0.1/24", "172.17.1.1/24"), (first.Gateway.ToString(), second.Gateway.ToString()));
        Assert.Empty(lab.Routes.ListLinks("trp0a0a0a"));
        Assert.Single(lab.Routes.ListLinks("trp0b0b0b"));
        var rules = lab.Nftables.Run("list ruleset");
        Assert.DoesNotContain("troupe-0a0a0a", rules, StringComparison.Ordinal);
        Assert.Contains("troupe-0b0b0b", rules, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChoosePool_when_the_host_has_routes_then_they_are_skipped_and_another_daemon_must_wait()
    {
        await using var lab = new NetworkLab();
        using var neighbour = lab.AddNeighbour("up0", "172.17.9.1", "172.17.9.2");
        var up = lab.Routes.FindLink("up0")!.Index;
        lab.Routes.AddRoute(IPAddress.Parse("172.17.0.0"), 21, IPAddress.Parse("172.17.9.2"), up);
        lab.Routes.AddRoute(IPAddress.Any, 0, IPAddress.Parse("172.17.9.2"), up);
        using var kernel = lab.OpenKernel();
        using var other = lab.OpenKernel();

        var choice = kernel.ChoosePool(Wish(Bridge));

        Assert.Equal(("172.17.8.1/24", 1500), (choice.Gateway.ToString(), choice.Mtu));
        Assert.Equal(ErrorCode.Unavailable, Assert.Throws<NetworkKernelException>(() => other.ChoosePool(Wish("trp0b0b0b0"))).Code);
        kernel.EnsureBridge(NetworkLab.Plan(choice.Gateway.ToString()));
        Assert.Equal("172.17.10.1/24", other.ChoosePool(Wish("trp0b0b0b0")).Gateway.ToString());
    }

    [Fact]
    public async Task ChoosePool_when_all_pools_are_taken_then_resource_exhausted_and_the_lock_is_free_again()
    {
        await using var lab = new NetworkLab();
        using var neighbour = lab.AddNeighbour("up0", "172.17.9.1", "172.17.9.2");
        using var kernel = lab.OpenKernel();
        using var other = lab.OpenKernel();
        var wish = Wish(Bridge) with { Pools = [AddressPool.Parse("base=172.17.9.0/24,size=26")] };

        Assert.Equal(ErrorCode.ResourceExhausted, Assert.Throws<NetworkKernelException>(() => kernel.ChoosePool(wish)).Code);
        Assert.Equal(ErrorCode.ResourceExhausted, Assert.Throws<NetworkKernelException>(() => other.ChoosePool(wish)).Code);
    }

    [Fact]
    public async Task Nftables_when_the_text_is_wrong_then_its_own_words_and_nothing_is_changed()
    {
        await using var lab = new NetworkLab();

        var thrown = Assert.Throws<NftablesException>(() => lab.Nftables.Run("add table ip good\nadd nonsense\n"));

        Assert.Contains("syntax error", thrown.Message, StringComparison.Ordinal);
        Assert.Equal("", lab.Nftables.Run("list ruleset"));
    }

    [Fact]
    public async Task Links_when_set_one_by_one_then_the_kernel_shows_it()
    {
        await using var lab = new NetworkLab();
        lab.Routes.CreateBridge(new BridgeSpec("b0", 1400, PhysicalAddress.Parse("020000000001")));
        using var place = NetworkNamespace.Create();
        lab.Routes.CreateVeth(new VethSpec("v0", 0, 1400, "eth0", PhysicalAddress.Parse("020000000002"), place));
        using var inside = RouteNetlink.OpenIn(place);

        inside.Rename(inside.FindLink("eth0")!.Index, "eth1");
        inside.SetMtu("eth1", 1300);
        inside.SetHardwareAddress("eth1", PhysicalAddress.Parse("020000000003"));
        lab.Routes.SetMaster("v0", lab.Routes.FindLink("b0")!.Index);

        var link = inside.FindLink("eth1")!;
        Assert.Equal((1300, PhysicalAddress.Parse("020000000003")), (link.Mtu, link.Address));
        Assert.Equal(lab.Routes.FindLink("b0")!.Index, lab.Routes.FindLink("v0")!.MasterIndex);
        Assert.Null(inside.FindLink("eth0"));
        Assert.False(lab.Routes.DeleteLink("nothing"));
        Assert.Equal(Errno.EEXIST, Assert.Throws<NetlinkException>(
            () => lab.Routes.CreateBridge(new BridgeSpec("b0", 1400, PhysicalAddress.Parse("020000000001")))).Errno);
    }

    private static PoolWish Wish(string bridge) => new(null, AddressPool.Defaults, bridge, 0);

    // A process in the lab's host namespace: nsenter is told the namespace by a path that this process holds open.
    private static async Task<Command> StartInAsync(NetworkLab lab)
    {
        var path = $"/proc/{Environment.ProcessId}/fd/{lab.Host.Handle.Number}";
        var command = Command.Start("nsenter", [$"--net={path}", "sleep", "300"]);
        await Poll.UntilAsync("the process has entered", NetworkLab.Limit, () =>
        {
            using var place = NetworkNamespace.OfProcess(command.Pid);
            return place.Identity == lab.Host.Identity;
        });
        return command;
    }
}
