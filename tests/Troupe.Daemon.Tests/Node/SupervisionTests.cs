using Akka.Actor;
using Troupe.Containers.Tests.Fakes;
using Troupe.Daemon.Node;
using Troupe.Daemon.Tests.Hosting;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Daemon.Tests.Node;

/// <summary>A test per row of the supervision tables of the node's agent and of containerd.</summary>
public sealed class SupervisionTests
{
    private static readonly Cause Why = Cause.Engine("test");

    [Fact]
    public async Task Creation_when_it_fails_then_is_stopped_and_the_agent_takes_the_same_creation_again()
    {
        await using var node = new TestNode();
        var live = await node.ReadyAsync();
        var creation = new CreateContainer(ContainerId.New(), Why, "again", Samples.Spec);
        live.Fronts.Daemon.Tell(creation); // nobody answers for the images: it waits
        await UntilAsync(async () => await AskAsync(live.Fronts.Daemon, creation) is CommandFailed { Code: ErrorCode.ResourceExhausted });

        live.System.ActorSelection($"/user/daemon/create-{creation.Id.Hex}").Tell(Kill.Instance);

        await UntilAsync(async () => await AskAsync(live.Fronts.Daemon, creation) is null);
    }

    [Theory]
    [InlineData("daemon")]
    [InlineData("containerd")]
    public async Task Front_when_it_fails_then_is_restarted_in_its_place(string parent)
    {
        await using var node = new TestNode();
        var live = await node.ReadyAsync();
        var above = parent == "daemon" ? live.Fronts.Daemon : live.System.ActorOf(ContainerdActor.Props(), parent);
        var front = await above.Ask<IActorRef>(new MakeChild(Props.Create(() => new Fragile()), "front"), TestNode.Deadline);
        var first = await front.Ask<int>("which", TestNode.Deadline);

        front.Tell("fail");

        Assert.NotEqual(first, await front.Ask<int>("which", TestNode.Deadline));
        Assert.Equal($"/user/{parent}/front", front.Path.ToStringWithoutAddress());
    }

    [Fact]
    public async Task Scheduler_when_it_fails_then_is_made_again_and_knows_its_placements()
    {
        await using var node = new TestNode();
        var live = await node.ReadyAsync();
        var daemon = live.Fronts.Daemon;
        await daemon.Ask<ContainerPlaced>(new PlaceContainer(Why, ContainerId.New(), "taken", "busybox"), TestNode.Deadline);

        live.System.ActorSelection("/user/daemon/scheduler-manager/*/state").Tell(Kill.Instance);

        // What is sent while it is away is lost; a creation answers 503 then.
        object? answer = null;
        await UntilAsync(async () => (answer = await AskAsync(daemon, new PlaceContainer(Why, ContainerId.New(), "taken", "busybox"))) is not null);
        Assert.Contains("already in use", Assert.IsType<CommandFailed>(answer).Message, StringComparison.Ordinal);
    }

    /// <summary>Null: no answer; a creation that was taken waits.</summary>
    private static async Task<object?> AskAsync(IActorRef daemon, object message)
    {
        try
        {
            return await daemon.Ask<object>(message, TimeSpan.FromMilliseconds(300));
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TestNode.Deadline);
        while (!await condition()) deadline.Token.ThrowIfCancellationRequested();
    }

    private sealed class Fragile : ReceiveActor
    {
        private static int s_made;
        private readonly int _number = Interlocked.Increment(ref s_made);

        public Fragile()
        {
            Receive<string>(text => text == "fail", _ => throw new InvalidOperationException("as the test wants"));
            Receive<string>(_ => Sender.Tell(_number));
        }
    }
}
