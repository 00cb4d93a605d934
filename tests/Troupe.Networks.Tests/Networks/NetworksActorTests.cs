using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.TestKit.Xunit;
using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;
using Troupe.Networks.Networks;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Networks.Tests.Networks;

public sealed class NetworksActorTests : TestKit
{
    private static readonly Config Config = ConfigurationFactory.ParseString($$"""
        akka.loglevel = OFF
        akka.log-dead-letters = off
        akka.stdout-loglevel = OFF
        akka.actor.serialize-messages = off
        akka.persistence.journal.plugin = "test.journal"
        akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        test.blocking-dispatcher { type = ForkJoinDispatcher, throughput = 1, dedicated-thread-pool.thread-count = 4 }
        test.journal {
          class = "{{typeof(FaultyJournal).AssemblyQualifiedName}}"
          plugin-dispatcher = "akka.actor.default-dispatcher"
        }
        """);

    private static readonly Cause Cause = new("m1", "uid:0", "POST /containers/x/start");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly RecordingHost _host = new();

    // A journal of its own for each test.
    private readonly string _instance = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray())[..6];

    public NetworksActorTests() : base(Config)
    {
    }

    [Fact]
    public void Reserve_when_the_node_starts_then_it_waits_for_the_bridge_and_knows_address_mtu_and_resolver()
    {
        var networks = Start();
        var container = ContainerId.New();

        var reserved = Reserve(networks, container);

        Assert.Equal(("172.17.0.2", "bridge", 1500), (reserved.Endpoint.Address, reserved.Endpoint.NetworkName, reserved.Mtu));
        Assert.Equal(["10.0.0.53"], reserved.DnsServers);
        Assert.Equal(["example"], reserved.DnsSearch!);
        Assert.Equal(["ndots:1"], reserved.DnsOptions!);
        Assert.Equal(reserved.Endpoint, Reserve(networks, container).Endpoint);
        Assert.Equal(["choose", "bridge"], _host.Calls.Take(2));
        Assert.DoesNotContain("connect", _host.Calls);
    }

    [Fact]
    public void Connect_and_release_when_asked_then_done_listed_and_repeatable()
    {
        var networks = Start();
        var container = ContainerId.New();
        var reserved = Reserve(networks, container);

        Assert.Equal(reserved.Endpoint, Connect(networks, container).Endpoint);
        Assert.Equal([KernelNames.Veth(_instance, reserved.Endpoint.EndpointId)], _host.Links);
        Assert.Equal([reserved.Endpoint], Bridge(networks).Endpoints);

        Release(networks, container);
        Release(networks, container);
        Assert.Empty(Bridge(networks).Endpoints);
        Assert.Equal("172.17.0.3", Reserve(networks, container).Endpoint.Address);
    }

    [Fact]
    public void Commands_when_sent_by_name_id_or_prefix_then_the_network_is_found()
    {
        var networks = Start();
        var id = KnownNetworks.IdOf(_instance, "bridge");
        foreach (var name in new[] { "bridge", "default", id, id[..5] })
        {
            networks.Tell(new ReserveEndpoint(name, Cause, ContainerId.New()));
            ExpectMsg<EndpointReserved>(Limit);
        }

        networks.Tell(new ReserveEndpoint("nothing", Cause, ContainerId.New()));
        Assert.Equal(new CommandFailed(ErrorCode.NotFound, "network nothing not found"), ExpectMsg<CommandFailed>(Limit));
        networks.Tell(new ReserveEndpoint("host", Cause, ContainerId.New()));
        Assert.Equal(ErrorCode.InvalidArgument, ExpectMsg<CommandFailed>(Limit).Code);
        networks.Tell(new ReleaseEndpoint("none", Cause, ContainerId.New()));
        ExpectMsg<CommandDone>(Limit);
    }

    [Fact]
    public void ListNetworks_when_asked_then_docker_s_three()
    {
        var networks = Start();
        Reserve(networks, ContainerId.New());
        networks.Tell(new ListNetworks());
        var list = ExpectMsg<NetworkList>(Limit).Networks.Select(view => (view.Definition.Name, view.Definition.Driver));

        Assert.Equal([("bridge", "bridge"), ("host", "host"), ("none", "null")], list);
        Assert.Equal("172.17.0.0/24", Bridge(networks).Definition.Subnet);
    }

    [Fact]
    public async Task Network_when_the_daemon_starts_again_then_definition_and_endpoints_are_the_same()
    {
        var networks = Start();
        var container = ContainerId.New();
        var reserved = Reserve(networks, container);
        Connect(networks, container);
        var before = Bridge(networks);
        await EndAsync(networks);

        networks = Start(NetworksTestSettings() with { Pools = [AddressPool.Parse("base=10.10.0.0/16,size=24")] });

        AwaitAssert(() => Assert.Equal([reserved.Endpoint], Bridge(networks).Endpoints), Limit);
        Assert.Equal(before.Definition.Subnet, Bridge(networks).Definition.Subnet);
        Assert.Equal(before.Definition.CreatedAt, Bridge(networks).Definition.CreatedAt);
        networks.Tell(new ReconcileEndpoints([container]));
        ExpectMsg<CommandDone>(Limit);
        Assert.Single(Bridge(networks).Endpoints);
    }

    [Theory]
    [InlineData("choose", false)]
    [InlineData("choose", true)]
    [InlineData("bridge", false)]
    [InlineData("bridge", true)]
    [InlineData("resolver", false)]
    [InlineData("resolver", true)]
    [InlineData("connect", false)]
    [InlineData("connect", true)]
    public async Task Start_when_the_daemon_died_before_or_after_a_kernel_call_then_nothing_leaks_and_the_next_run_works(
        string call, bool isAfter)
    {
        using var dead = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        // The call never comes back to the actor that made it: it stops while the call is held.
        void Hold(string name)
        {
            if (name != call || reached.IsSet) return;
            reached.Set();
            dead.Wait(Limit);
        }

        if (isAfter) _host.After = Hold;
        else _host.Before = Hold;
        var container = ContainerId.New();
        var networks = Start();
        networks.Tell(new ReserveEndpoint("bridge", Cause, container), ActorRefs.Nobody);
        if (call == "connect")
        {
            AwaitCondition(() => _host.Calls.Contains("resolver"), Limit);
            networks.Tell(new ConnectEndpoint("bridge", Cause, container, 1), ActorRefs.Nobody);
        }

        Assert.True(reached.Wait(Limit), $"{call} was never made");
        Sys.Stop(networks);
        dead.Set();
        await EndAsync(networks);

        networks = Start();
        networks.Tell(new ReconcileEndpoints([]));
        ExpectMsg<CommandDone>(Limit);
        Reserve(networks, ContainerId.New());
        AwaitAssert(() => Assert.Single(Bridge(networks).Endpoints), Limit);
        AwaitAssert(() => Assert.Empty(_host.Links), Limit);
        Reserve(networks, container);
        Connect(networks, container);
        Assert.Single(_host.Links);
    }

    [Fact]
    public async Task Reconcile_when_a_sweep_is_under_way_then_another_one_removes_what_was_released_meanwhile()
    {
        var container = ContainerId.New();
        var networks = Start();
        Reserve(networks, container);
        Connect(networks, container);
        await EndAsync(networks);
        using var reached = new ManualResetEventSlim();
        using var released = new ManualResetEventSlim();
        _host.Before = call =>
        {
            if (call != "sweep" || reached.IsSet) return;
            reached.Set();
            released.Wait(Limit);
        };
        networks = Start();
        Assert.True(reached.Wait(Limit), "no sweep at the start");

        networks.Tell(new ReconcileEndpoints([]));
        ExpectMsg<CommandDone>(Limit);
        Assert.Single(_host.Links);
        released.Set();

        AwaitAssert(() => Assert.Empty(_host.Links), Limit);
    }

    [Fact]
    public async Task Reconcile_when_sent_late_then_what_was_reserved_since_the_start_stays()
    {
        var networks = Start();
        ContainerId old = ContainerId.New(), again = ContainerId.New(), young = ContainerId.New();
        Reserve(networks, old);
        Reserve(networks, again);
        Connect(networks, again);
        await EndAsync(networks);
        networks = Start();
        Reserve(networks, again);
        Reserve(networks, young);

        networks.Tell(new ReconcileEndpoints([]));
        ExpectMsg<CommandDone>(Limit);

        Assert.Equal(2, Bridge(networks).Endpoints.Length);
        Assert.DoesNotContain(Bridge(networks).Endpoints, endpoint => endpoint.Address == "172.17.0.2");
    }

    [Fact]
    public void Start_when_the_kernel_refuses_the_bridge_then_the_reason_and_it_is_tried_again()
    {
        var isBroken = true;
        _host.Before = call =>
        {
            if (call == "bridge" && Volatile.Read(ref isBroken))
                throw new NetworkKernelException(ErrorCode.ResourceExhausted, "all predefined address pools have been fully subnetted");
        };
        var networks = Start();
        networks.Tell(new ReserveEndpoint("bridge", Cause, ContainerId.New()));

        var failed = ExpectMsg<CommandFailed>(Limit);
        Assert.Equal(ErrorCode.ResourceExhausted, failed.Code);
        Assert.Contains("all predefined address pools", failed.Message, StringComparison.Ordinal);

        Volatile.Write(ref isBroken, false);
        AwaitAssert(() => Reserve(networks, ContainerId.New()), Limit);
    }

    [Fact]
    public void Start_when_another_daemon_is_choosing_its_pool_then_commands_wait_for_their_turn()
    {
        var tries = 0;
        _host.Before = call =>
        {
            if (call == "choose" && Interlocked.Increment(ref tries) <= 3)
                throw new NetworkKernelException(ErrorCode.Unavailable, "another daemon is choosing") { IsBusy = true };
        };

        Reserve(Start(), ContainerId.New());

        Assert.Equal(4, tries);
    }

    [Fact]
    public void Connect_when_somebody_deleted_the_bridge_then_it_is_made_again_and_the_connection_stands()
    {
        var networks = Start();
        var container = ContainerId.New();
        Reserve(networks, container);
        _host.DeleteBridge();

        Connect(networks, container);

        Assert.Equal(2, _host.Calls.Count(call => call == "bridge"));
        Assert.Single(_host.Links);
    }

    [Fact]
    public void Connect_when_the_kernel_refuses_then_its_words_and_the_endpoint_can_be_released()
    {
        var networks = Start();
        var container = ContainerId.New();
        Reserve(networks, container);
        _host.Before = call =>
        {
            if (call == "connect")
                throw new Linux.Netlink.NetlinkException(Linux.Errno.ENOMEM, "RTM_NEWLINK", "\"v\"", "no room");
        };
        networks.Tell(new ConnectEndpoint("bridge", Cause, container, 1));

        var failed = ExpectMsg<CommandFailed>(Limit);
        Assert.Equal(ErrorCode.ResourceExhausted, failed.Code);
        Assert.EndsWith("no room", failed.Message, StringComparison.Ordinal);
        Release(networks, container);
        Assert.Empty(Bridge(networks).Endpoints);
    }

    [Fact]
    public void Connect_when_the_endpoint_is_released_meanwhile_then_conflict_and_the_link_is_swept()
    {
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var networks = Start();
        var container = ContainerId.New();
        Reserve(networks, container);
        _host.After = call =>
        {
            if (call != "connect") return;
            reached.Set();
            goOn.Wait(Limit);
        };
        networks.Tell(new ConnectEndpoint("bridge", Cause, container, 1));
        Assert.True(reached.Wait(Limit));
        var other = CreateTestProbe();
        networks.Tell(new ReleaseEndpoint("bridge", Cause, container), other);
        other.ExpectMsg<CommandDone>(Limit);
        goOn.Set();

        Assert.Equal(ErrorCode.Conflict, ExpectMsg<CommandFailed>(Limit).Code);
        AwaitAssert(() => Assert.Empty(_host.Links), Limit);
    }

    [Fact]
    public void Reserve_when_too_many_wait_for_the_bridge_then_the_last_is_refused_at_once()
    {
        using var goOn = new ManualResetEventSlim();
        _host.Before = call =>
        {
            if (call == "bridge") goOn.Wait(Limit);
        };
        var networks = Start();
        for (var count = 0; count < Limits.WaitingCommandsMax; count++)
            networks.Tell(new ReserveEndpoint("bridge", Cause, ContainerId.New()), ActorRefs.Nobody);
        networks.Tell(new ReserveEndpoint("bridge", Cause, ContainerId.New()));

        Assert.Contains("too many requests wait", ExpectMsg<CommandFailed>(Limit).Message, StringComparison.Ordinal);
        goOn.Set();
    }

    [Fact]
    public void Supervision_when_the_worker_fails_unexpectedly_then_its_client_hears_it_and_it_starts_with_fresh_sockets()
    {
        var networks = Start();
        Reserve(networks, ContainerId.New());
        var opened = _host.Opened;
        var isBroken = 1;
        _host.Before = call =>
        {
            if (call == "resolver" && Interlocked.Exchange(ref isBroken, 0) == 1) throw new InvalidOperationException("a fault of ours");
        };
        networks.Tell(new ReserveEndpoint("bridge", Cause, ContainerId.New()));

        var failed = ExpectMsg<CommandFailed>(Limit);
        Assert.Equal((ErrorCode.Internal, true), (failed.Code, failed.Message.Contains("a fault of ours", StringComparison.Ordinal)));
        Reserve(networks, ContainerId.New());
        Assert.Equal(opened + 1, _host.Opened);
    }

    [Fact]
    public void Supervision_when_the_worker_fails_too_often_then_the_network_starts_again_with_its_state()
    {
        var networks = Start();
        var container = ContainerId.New();
        var reserved = Reserve(networks, container);
        var isBroken = true;
        _host.Before = call =>
        {
            if (call == "resolver" && Volatile.Read(ref isBroken)) throw new InvalidOperationException("a fault of ours");
        };
        for (var count = 0; count <= Limits.WorkerRestartsMax; count++)
        {
            networks.Tell(new ReserveEndpoint("bridge", Cause, container));
            Assert.IsType<CommandFailed>(ExpectMsg<CommandFailed>(Limit));
        }

        AwaitAssert(() => Assert.Equal(2, _host.Calls.Count(call => call == "bridge")), Limit);
        Volatile.Write(ref isBroken, false);
        Assert.Equal(reserved.Endpoint, Reserve(networks, container).Endpoint);
    }

    [Fact]
    public void Supervision_when_the_journal_fails_then_unavailable_nothing_done_and_it_starts_again()
    {
        var networks = Start();
        var container = ContainerId.New();
        var reserved = Reserve(networks, container);
        FaultyJournal.Failing = $"network-{KnownNetworks.IdOf(_instance, "bridge")}";
        networks.Tell(new ReserveEndpoint("bridge", Cause, ContainerId.New()));

        Assert.Equal(ErrorCode.Unavailable, ExpectMsg<CommandFailed>(Limit).Code);
        AwaitAssert(
            () =>
            {
                networks.Tell(new ReleaseEndpoint("bridge", Cause, container));
                var failed = ExpectMsg<CommandFailed>(Limit);
                Assert.Equal(ErrorCode.Unavailable, failed.Code);
                Assert.Contains("the disk is full", failed.Message, StringComparison.Ordinal);
            },
            Limit);
        FaultyJournal.Failing = "";
        AwaitAssert(() => Assert.Equal(reserved.Endpoint, Reserve(networks, container).Endpoint), Limit);
        Assert.Single(Bridge(networks).Endpoints);
    }

    [Fact]
    public async Task Supervision_when_a_row_can_not_be_read_then_the_network_is_quarantined_visibly()
    {
        var id = KnownNetworks.IdOf(_instance, "bridge");
        var endpoint = new EndpointInfo(id, "bridge", "e", "no address", 24, "", "");
        var writer = Sys.ActorOf(Akka.Actor.Props.Create(() => new RowWriter($"network-{id}")));
        writer.Tell(new EndpointReservationMade(id, TimeProvider.System.GetUtcNow(), Cause, ContainerId.New(), endpoint));
        ExpectMsg<string>(Limit);
        await EndAsync(writer);
        var networks = Start();

        // The first comes while the journal is read, the second after.
        for (var count = 0; count < 2; count++)
        {
            networks.Tell(new ReserveEndpoint("bridge", Cause, ContainerId.New()));
            var failed = ExpectMsg<CommandFailed>(Limit);
            Assert.Equal(ErrorCode.Internal, failed.Code);
            Assert.Contains("quarantined", failed.Message, StringComparison.Ordinal);
        }

        networks.Tell(new ListNetworks());
        Assert.Equal(["host", "none"], ExpectMsg<NetworkList>(Limit).Networks.Select(view => view.Definition.Name));
    }

    [Fact]
    public async Task Snapshot_when_many_runs_came_and_went_then_the_next_start_has_the_same_state()
    {
        var settings = NetworksTestSettings() with { SnapshotPluginId = "akka.persistence.snapshot-store.inmem" };
        var networks = Start(settings);
        var keeper = ContainerId.New();
        var kept = Reserve(networks, keeper);
        for (var count = 0; count < Limits.SnapshotEveryEvents; count++)
        {
            var container = ContainerId.New();
            Reserve(networks, container);
            Release(networks, container);
        }

        var before = Bridge(networks);
        await EndAsync(networks);
        networks = Start(settings);

        AwaitAssert(() => Assert.Equal([kept.Endpoint], Bridge(networks).Endpoints), Limit);
        Assert.Equal(before.Definition.Subnet, Bridge(networks).Definition.Subnet);
        // 501 addresses were given in a /24: the search goes on where it was, not at the beginning.
        Assert.NotEqual("172.17.0.3", Reserve(networks, ContainerId.New()).Endpoint.Address);
    }

    [Fact]
    public void Two_instances_when_they_share_a_host_then_ids_and_links_differ()
    {
        var one = Start();
        var other = Sys.ActorOf(NetworksActor.Props(NetworksTestSettings() with { Instance = "fedcba" }, new RecordingHost().Open));
        var container = ContainerId.New();

        var here = Reserve(one, container).Endpoint;
        var there = Reserve(other, container).Endpoint;

        Assert.NotEqual(here.NetworkId, there.NetworkId);
        Assert.NotEqual(KernelNames.Veth(_instance, here.EndpointId), KernelNames.Veth("fedcba", there.EndpointId));
    }

    private NetworksSettings NetworksTestSettings() => new(
        _instance, null, [], 0, "test.blocking-dispatcher", TimeProvider.System, "test.journal", "", "unused");

    private IActorRef Start() => Start(NetworksTestSettings());

    private IActorRef Start(NetworksSettings settings) => Sys.ActorOf(NetworksActor.Props(settings, _host.Open));

    private static async Task EndAsync(IActorRef actor) => await actor.GracefulStop(Limit);

    private EndpointReserved Reserve(IActorRef networks, ContainerId container)
    {
        networks.Tell(new ReserveEndpoint("bridge", Cause, container));
        return ExpectMsg<EndpointReserved>(Limit);
    }

    private EndpointConnected Connect(IActorRef networks, ContainerId container)
    {
        networks.Tell(new ConnectEndpoint("bridge", Cause, container, 1));
        return ExpectMsg<EndpointConnected>(Limit);
    }

    private void Release(IActorRef networks, ContainerId container)
    {
        networks.Tell(new ReleaseEndpoint("bridge", Cause, container));
        ExpectMsg<CommandDone>(Limit);
    }

    private NetworkView Bridge(IActorRef networks)
    {
        networks.Tell(new ListNetworks());
        return ExpectMsg<NetworkList>(Limit).Networks.Single(view => view.Definition.Name == "bridge");
    }

    /// <summary>Writes one row under another's id, as a fault would leave it.</summary>
    private sealed class RowWriter : ReceivePersistentActor
    {
        public RowWriter(string persistenceId)
        {
            PersistenceId = persistenceId;
            Command<NetworkEvent>(row => Persist(row, _ => Sender.Tell("written")));
        }

        public override string PersistenceId { get; }
    }
}
