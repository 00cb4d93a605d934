using Akka.Actor;
using Troupe.Daemon.Engine;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Daemon.Tests.Engine;

public sealed class EngineClientTests : IAsyncLifetime
{
    private static readonly Cause Why = Cause.Engine("test");
    private readonly ActorSystem _system = ActorSystem.Create("engine");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await _system.Terminate();

    [Fact]
    public async Task Ask_when_no_actor_system_comes_up_in_time_then_is_unavailable_and_never_throws()
    {
        var engine = new EngineClient(new Incarnations(null));

        var reply = await engine.AskAsync(new ListImages(), TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);

        Assert.Equal(ErrorCode.Unavailable, Assert.IsType<CommandFailed>(reply).Code);
    }

    [Fact]
    public async Task Ask_when_nobody_answers_then_is_unavailable_after_the_deadline()
    {
        var reply = await Engine(_ => { }).AskAsync(new ListImages(), TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);

        Assert.Contains("not known", Assert.IsType<CommandFailed>(reply).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_when_the_message_is_nobodys_then_is_unimplemented()
    {
        var reply = await Engine(_ => { }).AskAsync("what", TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);

        Assert.Equal(ErrorCode.Unimplemented, Assert.IsType<CommandFailed>(reply).Code);
    }

    [Fact]
    public async Task Stream_when_the_reader_is_slow_then_drops_progress_and_never_the_answer()
    {
        var all = new TaskCompletionSource();
        var engine = Engine(sender =>
        {
            for (var i = 0; i < 10_000; i++) sender.Tell(new PullProgress("l", "s", i, 10_000));
            sender.Tell(new PullCompleted("r", default, default, true));
            all.SetResult();
        });

        var answers = new List<object>();
        await foreach (var answer in engine.StreamAsync(Pull(), TestContext.Current.CancellationToken))
        {
            if (answers.Count == 0) await all.Task.WaitAsync(Hosting.TestNode.Deadline, TestContext.Current.CancellationToken);
            answers.Add(answer);
        }

        Assert.IsType<PullCompleted>(answers[^1]);
        Assert.InRange(answers.Count, 2, 10_000);
        var progress = answers.OfType<PullProgress>().Select(p => p.CurrentBytes).ToArray();
        Assert.Equal(progress.Order(), progress);
    }

    [Fact]
    public async Task Stream_when_the_actor_system_ends_then_ends_with_unavailable()
    {
        var engine = Engine(sender => sender.Tell(new WaitRegistered(default, 1)));
        var answers = new List<object>();
        await foreach (var answer in engine.StreamAsync(
            new WaitContainer(ContainerId.New(), Why, WaitCondition.NextExit, Run: 0), TestContext.Current.CancellationToken))
        {
            answers.Add(answer);
            if (answers.Count == 1) await _system.Terminate();
        }

        Assert.IsType<WaitRegistered>(answers[0]);
        Assert.Equal(ErrorCode.Unavailable, Assert.IsType<CommandFailed>(answers[1]).Code);
    }

    [Fact]
    public async Task Stream_when_the_reader_leaves_then_its_actor_ends_and_a_watcher_sees_it()
    {
        var asker = new TaskCompletionSource<IActorRef>();
        var engine = Engine(sender =>
        {
            asker.TrySetResult(sender);
            sender.Tell(new WaitRegistered(default, 1));
        });
        await foreach (var _ in engine.StreamAsync(
            new WaitContainer(ContainerId.New(), Why, WaitCondition.NextExit, Run: 0), TestContext.Current.CancellationToken))
        {
            break;
        }

        var died = new TaskCompletionSource();
        _system.ActorOf(Props.Create(() => new Watcher(asker.Task.Result, died)));
        await died.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    private static PullImage Pull() => new(Why, "x", null, null);

    private EngineClient Engine(Action<IActorRef> answer)
    {
        var front = _system.ActorOf(Props.Create(() => new Front(answer)));
        return new EngineClient(new Incarnations(new LiveSystem(_system, new FrontActors(front, front, front, front))));
    }

    private sealed class Incarnations(LiveSystem? live) : IIncarnations
    {
        public LiveSystem? Current => live;

        public Task<LiveSystem> WhenReadyAsync(CancellationToken cancel) =>
            live is null ? new TaskCompletionSource<LiveSystem>().Task.WaitAsync(cancel) : Task.FromResult(live);
    }

    private sealed class Front : ReceiveActor
    {
        public Front(Action<IActorRef> answer) => ReceiveAny(_ => answer(Sender));
    }

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(IActorRef target, TaskCompletionSource died)
        {
            Context.Watch(target);
            Receive<Terminated>(_ => died.TrySetResult());
        }
    }
}
