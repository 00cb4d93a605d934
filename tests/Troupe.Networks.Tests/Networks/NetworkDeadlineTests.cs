using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Troupe.Networks.Networks;
using Troupe.Protocol;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Networks.Tests.Networks;

/// <summary>A kernel that never answers: every wait ends, in virtual time.</summary>
public sealed class NetworkDeadlineTests : TestKit
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly Cause Cause = new("m1", "uid:0", "POST /containers/x/start");
    private readonly RecordingHost _host = new();

    public NetworkDeadlineTests() : base($$"""
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.log-dead-letters = off
        akka.scheduler.implementation = "{{typeof(TestScheduler).AssemblyQualifiedName}}"
        test.blocking-dispatcher { type = ForkJoinDispatcher, throughput = 1, dedicated-thread-pool.thread-count = 2 }
        test.journal {
          class = "{{typeof(FaultyJournal).AssemblyQualifiedName}}"
          plugin-dispatcher = "akka.actor.default-dispatcher"
        }
        """)
    {
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("resolver")]
    [InlineData("connect")]
    public async Task Command_when_the_kernel_hangs_then_unavailable_after_the_deadline_and_releases_still_work(string call)
    {
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        _host.Before = name =>
        {
            if (name != call) return;
            reached.Set();
            goOn.Wait(Limit);
        };
        var instance = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray())[..6];
        var networks = Sys.ActorOf(NetworksActor.Props(
            new NetworksSettings(instance, null, [], 0, "test.blocking-dispatcher", TimeProvider.System, "test.journal", "", "unused"),
            _host.Open));
        var container = ContainerId.New();
        networks.Tell(new ReserveEndpoint("bridge", Cause, container));
        if (call == "connect")
        {
            ExpectMsg<EndpointReserved>(Limit);
            networks.Tell(new ConnectEndpoint("bridge", Cause, container, 1));
        }

        Assert.True(reached.Wait(Limit), $"{call} was never made");
        ((TestScheduler)Sys.Scheduler).Advance(Limits.PrepareDeadline);

        var failed = ExpectMsg<CommandFailed>(Limit);
        Assert.Equal(ErrorCode.Unavailable, failed.Code);
        Assert.Contains("the kernel did not answer in time", failed.Message, StringComparison.Ordinal);
        networks.Tell(new ReleaseEndpoint("bridge", Cause, container));
        ExpectMsg<CommandDone>(Limit);
        goOn.Set();
        await networks.GracefulStop(Limit);
    }
}
