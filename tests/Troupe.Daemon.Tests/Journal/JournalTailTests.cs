using Akka.Actor;
using Troupe.Daemon.Journal;
using Troupe.Daemon.Node;
using Troupe.Daemon.Tests.Hosting;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Daemon.Tests.Journal;

public sealed class JournalTailTests
{
    private static readonly Cause Why = Cause.Engine("test");
    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Events_when_read_from_the_past_and_on_then_come_once_in_order_also_over_a_new_actor_system()
    {
        await using var node = new TestNode();
        var tail = new JournalTail(node.Journals.NodePath, "node", TimeProvider.System);
        var live = await node.ReadyAsync();
        var recorder = live.System.ActorOf(RecorderActor.Props(tail.Signal));
        for (var i = 0; i < 20; i++) recorder.Tell(Pulled(i));

        using var deadline = new CancellationTokenSource(TestNode.Deadline);
        var seen = new List<EngineEvent>();
        await foreach (var e in tail.ReadAsync(Start.AddMinutes(-1), null, deadline.Token))
        {
            seen.Add(e);
            if (seen.Count == 10)
            {
                await node.Host.EndCurrentAsync();
                live = await node.ReadyAsync();
                recorder = live.System.ActorOf(RecorderActor.Props(tail.Signal));
                for (var i = 20; i < 40; i++) recorder.Tell(Pulled(i));
            }

            if (seen.Count == 40) break;
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"image{i}:latest"), seen.Select(e => e.ActorId));
        Assert.Equal(seen.Select(e => e.Cursor).Order().Distinct(), seen.Select(e => e.Cursor));
        Assert.All(seen, e => Assert.Equal(("image", "pull"), (e.Type, e.Action)));
    }

    [Fact]
    public async Task Events_when_until_is_past_then_end_by_themselves_and_keep_to_the_bounds()
    {
        await using var node = new TestNode();
        var tail = new JournalTail(node.Journals.NodePath, "node", TimeProvider.System);
        var live = await node.ReadyAsync();
        var recorder = live.System.ActorOf(RecorderActor.Props(tail.Signal));
        for (var i = 0; i < 3; i++) recorder.Tell(Pulled(i));
        using var deadline = new CancellationTokenSource(TestNode.Deadline);
        var all = new List<EngineEvent>();
        await foreach (var e in tail.ReadAsync(Start.AddMinutes(-1), null, deadline.Token))
        {
            all.Add(e);
            if (all.Count == 3) break;
        }

        var some = new List<EngineEvent>();
        await foreach (var e in tail.ReadAsync(all[1].At, all[1].At, deadline.Token)) some.Add(e);

        Assert.Equal([all[1].Cursor], some.Select(e => e.Cursor));
    }

    [Fact]
    public async Task Events_when_nobody_signals_then_are_found_all_the_same()
    {
        await using var node = new TestNode();
        var tail = new JournalTail(node.Journals.NodePath, "node", TimeProvider.System);
        var live = await node.ReadyAsync();
        var recorder = live.System.ActorOf(RecorderActor.Props(() => { }));
        using var deadline = new CancellationTokenSource(TestNode.Deadline);
        await using var reader = tail.ReadAsync(null, null, deadline.Token).GetAsyncEnumerator(deadline.Token);
        var next = reader.MoveNextAsync();

        recorder.Tell(Pulled(1));

        Assert.True(await next);
        Assert.Equal("image1:latest", reader.Current.ActorId);
    }

    private static ImagePulled Pulled(int i) => new(Start.AddMilliseconds(i), Why, $"image{i}:latest", Digest.Of("x"u8));
}
