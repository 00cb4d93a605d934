using Akka.Actor;
using Akka.Configuration;
using Troupe.Integration.Tests.Harness;
using Troupe.Networks;
using Troupe.Protocol;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Integration.Tests.Networks;

/// <summary>The actors on a real kernel: two daemons on one host, and one that dies with a container running.</summary>
public sealed class NetworksOnKernelTests
{
    // Journals that outlive an actor system, in memory; ids differ by instance.
    private static readonly Config Config = ConfigurationFactory.ParseString("""
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        test.blocking-dispatcher { type = ForkJoinDispatcher, throughput = 1, dedicated-thread-pool.thread-count = 2 }
        test.journal {
          class = "Akka.Persistence.Journal.SharedMemoryJournal, Akka.Persistence"
          plugin-dispatcher = "akka.actor.default-dispatcher"
        }
        """);

    private static readonly Cause Cause = new("m1", "uid:0", "POST /containers/x/start");

    [Fact]
    public async Task Networks_when_two_daemons_share_a_host_and_one_dies_then_each_keeps_and_cleans_its_own()
    {
        await using var lab = new NetworkLab();
        var one = Daemon.Start(lab, "1a1a1a");
        var two = Daemon.Start(lab, "2b2b2b");
        ContainerId mine = ContainerId.New(), lost = ContainerId.New(), theirs = ContainerId.New();
        var sandboxes = new[] { await lab.StartSandboxAsync(), await lab.StartSandboxAsync(), await lab.StartSandboxAsync() };
        var kept = await one.RunAsync(mine, sandboxes[0].Pid);
        await one.RunAsync(lost, sandboxes[1].Pid);
        var other = await two.RunAsync(theirs, sandboxes[2].Pid);
        Assert.NotEqual(kept.Endpoint.Gateway, other.Endpoint.Gateway);

        // It ends without a word to its networks, and one of its containers' ends is missed; its veth is held by a stranger in its namespace.
        await one.EndAsync();
        one = Daemon.Start(lab, "1a1a1a");
        await one.AskAsync<CommandDone>(new ReconcileEndpoints([mine]));

        await Poll.UntilAsync("the lost veth is swept", NetworkLab.Limit, () => lab.Routes.ListLinks("trp1a1a1av").Count == 1);
        Assert.Single(lab.Routes.ListLinks("trp2b2b2bv"));
        using var inside = NetworkLab.Listen(sandboxes[0].Place, kept.Endpoint.Address);
        Assert.Equal(kept.Endpoint.Gateway, await NetworkLab.SeenFromAsync(lab.Host, inside.EndPoint, NetworkLab.Limit));
        var list = await one.AskAsync<NetworkList>(new ListNetworks());
        Assert.Equal([kept.Endpoint], list.Networks.Single(view => view.Definition.Name == "bridge").Endpoints);
        // Two daemons of one host can't reach each other's containers: neither publishes anything.
        using var foreign = NetworkLab.Listen(sandboxes[2].Place, other.Endpoint.Address);
        Assert.Null(await NetworkLab.SeenFromAsync(sandboxes[0].Place, foreign.EndPoint, TimeSpan.FromMilliseconds(700)));
        await one.EndAsync();
        await two.EndAsync();
    }

    private sealed record Daemon(ActorSystem System, IActorRef Networks)
    {
        public static Daemon Start(NetworkLab lab, string instance)
        {
            var settings = new NetworksSettings(
                instance, null, [], 0, "test.blocking-dispatcher", TimeProvider.System, "test.journal", "", lab.LockPath);
            var system = ActorSystem.Create("networks", Config);
            return new Daemon(system, system.ActorOf(NetworksFactory.CreateIn(lab.Host, settings), "networks"));
        }

        public async Task<EndpointConnected> RunAsync(ContainerId container, int pid)
        {
            await AskAsync<EndpointReserved>(new ReserveEndpoint("bridge", Cause, container));
            return await AskAsync<EndpointConnected>(new ConnectEndpoint("bridge", Cause, container, pid));
        }

        public async Task<T> AskAsync<T>(object message) => Assert.IsType<T>(await Networks.Ask(message, NetworkLab.Limit));

        public Task EndAsync() => System.Terminate();
    }
}
