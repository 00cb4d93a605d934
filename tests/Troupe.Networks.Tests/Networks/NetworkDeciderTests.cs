using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;
using Troupe.Networks.Networks;
using Troupe.Protocol;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Networks.Tests.Networks;

public sealed class NetworkDeciderTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 1, 2, 3, TimeSpan.Zero);
    private static readonly Cause Cause = new("m1", "uid:0", "POST /containers/x/start");
    private static readonly string Id = KnownNetworks.IdOf("a1b2c3", "bridge");

    [Fact]
    public void Reserve_when_there_is_no_definition_then_unavailable() =>
        Assert.Equal(ErrorCode.Unavailable, NetworkDecider.Reserve(NetworkState.Empty, Reserve(New()), Now).Rejection!.Code);

    [Fact]
    public void Reserve_when_new_then_an_address_with_its_hardware_address_and_a_64_digit_id()
    {
        var container = New();
        var made = Assert.IsType<EndpointReservationMade>(Assert.Single(NetworkDecider.Reserve(Defined(), Reserve(container), Now).Events));

        Assert.Equal(("172.17.0.2", 24, "172.17.0.1", "02:42:ac:11:00:02"),
            (made.Endpoint.Address, made.Endpoint.PrefixLength, made.Endpoint.Gateway, made.Endpoint.MacAddress));
        Assert.Equal((Id, Now, Cause, container), (made.NetworkId, made.At, made.Cause, made.Container));
        Assert.Equal(64, made.Endpoint.EndpointId.Length);
    }

    [Fact]
    public void Reserve_when_reserved_already_then_nothing_happens()
    {
        var container = New();
        var state = Do(Defined(), NetworkDecider.Reserve(Defined(), Reserve(container), Now));

        var decision = NetworkDecider.Reserve(state, Reserve(container), Now);

        Assert.Null(decision.Rejection);
        Assert.Empty(decision.Events);
    }

    [Fact]
    public void Reserve_when_an_earlier_run_is_still_connected_then_the_same_address_under_another_link()
    {
        var container = New();
        var state = Do(Defined(), NetworkDecider.Reserve(Defined(), Reserve(container), Now));
        var before = state.Endpoints[container].Info;
        state = Do(state, NetworkDecider.Connected(state, container, before.EndpointId, Cause, Now));

        state = Do(state, NetworkDecider.Reserve(state, Reserve(container), Now));

        var after = state.Endpoints[container];
        Assert.False(after.IsConnected);
        Assert.Equal(before.Address, after.Info.Address);
        Assert.NotEqual(KernelNames.Veth("a1b2c3", before.EndpointId), KernelNames.Veth("a1b2c3", after.Info.EndpointId));
        Assert.Single(state.Used);
    }

    [Fact]
    public void Reserve_when_the_pool_is_used_up_then_docker_s_words()
    {
        var state = Defined("10.1.1.0/30", "10.1.1.1");
        state = Do(state, NetworkDecider.Reserve(state, Reserve(New()), Now));

        var rejection = NetworkDecider.Reserve(state, Reserve(New()), Now).Rejection!;

        Assert.Equal(ErrorCode.ResourceExhausted, rejection.Code);
        Assert.Equal($"no available IPv4 addresses on this network's address pools: bridge ({Id})", rejection.Message);
    }

    [Fact]
    public void Connect_when_not_reserved_or_without_pid_then_rejected()
    {
        var container = New();
        var state = Do(Defined(), NetworkDecider.Reserve(Defined(), Reserve(container), Now));

        Assert.Equal(ErrorCode.FailedPrecondition, NetworkDecider.Connect(state, new ConnectEndpoint(Id, Cause, New(), 1)).Rejection!.Code);
        Assert.Equal(ErrorCode.InvalidArgument, NetworkDecider.Connect(state, new ConnectEndpoint(Id, Cause, container, 0)).Rejection!.Code);
        Assert.Null(NetworkDecider.Connect(state, new ConnectEndpoint(Id, Cause, container, 1)).Rejection);
    }

    [Fact]
    public void Connected_when_the_endpoint_went_or_was_renewed_then_nothing_is_journalled()
    {
        var container = New();
        var state = Do(Defined(), NetworkDecider.Reserve(Defined(), Reserve(container), Now));

        Assert.Empty(NetworkDecider.Connected(state, container, "another", Cause, Now).Events);
        Assert.Empty(NetworkDecider.Connected(state, New(), state.Endpoints[container].Info.EndpointId, Cause, Now).Events);
    }

    [Fact]
    public void Release_when_repeated_then_it_is_done_once()
    {
        var container = New();
        var state = Do(Defined(), NetworkDecider.Reserve(Defined(), Reserve(container), Now));

        state = Do(state, NetworkDecider.Release(state, container, Cause, Now));

        Assert.Empty(state.Endpoints);
        Assert.Empty(state.Used);
        Assert.Empty(NetworkDecider.Release(state, container, Cause, Now).Events);
    }

    [Fact]
    public void Reconcile_when_asked_then_only_recovered_endpoints_of_containers_that_do_not_run_go()
    {
        ContainerId running = New(), gone = New(), young = New();
        var state = new[] { running, gone, young }.Aggregate(Defined(), (s, c) => Do(s, NetworkDecider.Reserve(s, Reserve(c), Now)));

        var decision = NetworkDecider.Reconcile(
            state, new HashSet<ContainerId> { running }, new HashSet<ContainerId> { running, gone }, Cause.Engine("reconcile"), Now);

        Assert.Equal(gone, Assert.IsType<EndpointReleased>(Assert.Single(decision.Events)).Container);
    }

    [Fact]
    public void NeedsDefinition_when_bip_changed_then_only_while_nobody_is_on_the_network()
    {
        var settings = new NetworksSettings(
            "a1b2c3", Ipv4Interface.Parse("10.5.0.1/16"), [], 0, "d", TimeProvider.System, "", "");
        var state = Defined();

        Assert.True(NetworkDecider.NeedsDefinition(NetworkState.Empty, settings));
        Assert.True(NetworkDecider.NeedsDefinition(state, settings));
        Assert.False(NetworkDecider.NeedsDefinition(state, settings with { Bip = Ipv4Interface.Parse("172.17.0.1/24") }));
        Assert.True(NetworkDecider.NeedsDefinition(state, settings with { Bip = null, Mtu = 1400 }));
        state = Do(state, NetworkDecider.Reserve(state, Reserve(New()), Now));
        Assert.False(NetworkDecider.NeedsDefinition(state, settings));
    }

    [Fact]
    public void State_when_thousands_come_and_go_then_addresses_and_links_are_distinct_and_a_snapshot_is_the_same_state()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var state = Defined("10.1.0.0/20", "10.1.0.1");
        var live = new List<ContainerId>();
        for (var round = 0; round < 4_000; round++)
        {
            if (live.Count > 1_000 || (live.Count > 0 && random.Next(3) == 0))
            {
                var gone = live[random.Next(live.Count)];
                live.Remove(gone);
                state = Do(state, NetworkDecider.Release(state, gone, Cause, Now));
                continue;
            }

            var container = New();
            live.Add(container);
            state = Do(state, NetworkDecider.Reserve(state, Reserve(container), Now));
        }

        Assert.True(state.Endpoints.Count == live.Count && state.Used.Count == live.Count, $"seed {seed}");
        Assert.Equal(live.Count, state.Links("a1b2c3").Count);
        Assert.True(state.Endpoints.Values.Select(e => Ipv4.Parse(e.Info.Address)).ToHashSet().SetEquals(state.Used), $"seed {seed}");
        var again = NetworkState.Of(state.Snapshot()!);
        Assert.Equal((state.NextAddress, state.Reservations), (again.NextAddress, again.Reservations));
        Assert.True(again.Used.SetEquals(state.Used) && again.Endpoints.Count == state.Endpoints.Count, $"seed {seed}");
        Assert.All(state.Endpoints, pair => Assert.Equal(pair.Value, again.Endpoints[pair.Key]));
    }

    private static ContainerId New() => ContainerId.New();

    private static ReserveEndpoint Reserve(ContainerId container) => new(Id, Cause, container);

    private static NetworkState Do(NetworkState state, Decision decision)
    {
        Assert.Null(decision.Rejection);
        return decision.Events.Aggregate(state, (s, e) => s.Apply(e));
    }

    private static NetworkState Defined(string subnet = "172.17.0.0/24", string gateway = "172.17.0.1")
    {
        var place = new Ipv4Interface(Ipv4.Parse(gateway), Ipv4Subnet.Parse(subnet).PrefixLength);
        return NetworkState.Empty.Apply(
            NetworkDecider.Define(Id, "bridge", "trpa1b2c30", new PoolChoice(place, 1500), Now, Cause.Engine("network defined"), Now));
    }
}
