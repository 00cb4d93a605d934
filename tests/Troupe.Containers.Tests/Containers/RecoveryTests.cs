using Akka.Actor;
using Troupe.Containers.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Containers.Tests.Containers;

public sealed class RecoveryTests
{
    private readonly World _world = new();

    private async Task<int> RunningAsync()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        Assert.IsType<CommandDone>(await node.StartAsync());
        return node.Shim().Pid;
    }

    [Fact]
    public async Task Restart_when_it_runs_then_it_is_adopted_with_the_same_pid_and_its_exit_is_seen()
    {
        var pid = await RunningAsync();
        await using var node = new Node(_world);
        var view = await node.UntilAsync(v => v.Status == ContainerStatus.Running);
        Assert.Equal((pid, 1), (view.Pid, view.Runs));
        await node.UntilAsync(() => node.Streams.Calls.Contains("ready"), () => "the byte plane was not told");
        node.Shim().End(6);
        Assert.Equal(6, (await node.UntilAsync(v => v.Status == ContainerStatus.Exited)).ExitCode);
        Assert.DoesNotContain(_world.Journal.Values.Single(), e => e.Event is ContainerStarted { Run: > 1 });
    }

    [Fact]
    public async Task Restart_when_it_exited_meanwhile_then_the_code_is_that_of_the_record()
    {
        await RunningAsync();
        _world.Shims.Values.Single().End(42);
        _world.Shims.Values.Single().IsAlive = false;
        await using var node = new Node(_world);
        var view = await node.UntilAsync(v => v.Status == ContainerStatus.Exited);
        Assert.Equal((42, ""), (view.ExitCode, view.Error));
        await node.UntilAsync(() => _world.Leftovers() == "shims 0, layers 1, endpoints 0", _world.Leftovers);
    }

    [Fact]
    public async Task Restart_when_the_shim_is_gone_without_a_record_then_255_and_it_is_said_to_be_a_stand_in()
    {
        await RunningAsync();
        _world.Shims.Clear();
        await using var node = new Node(_world);
        await node.UntilAsync(v => v.Status == ContainerStatus.Exited && v.ExitCode == 255 && v.Error.Length > 0);
        var exited = _world.Journal.Values.Single().Select(e => e.Event).OfType<ContainerExited>().Single();
        Assert.False(exited.ExitKnown);
    }

    [Fact]
    public async Task Restart_when_the_pid_is_another_process_then_it_is_not_taken_for_ours()
    {
        await RunningAsync();
        var shim = _world.Shims.Values.Single();
        var other = new ShimWorld(shim.Config, shim.Pid + 1) { Status = Troupe.Containers.Shims.ShimTaskStatus.Running };
        _world.Shims[shim.Config.RunDirectory] = other;
        await using var node = new Node(_world);
        await node.UntilAsync(v => v.Status == ContainerStatus.Exited && v.ExitCode == 255);
    }

    [Fact]
    public async Task Recovery_when_there_were_many_events_then_a_snapshot_shortens_it_and_the_state_is_the_same()
    {
        await using (var node = new Node(_world))
        {
            await node.CreateAsync();
            for (var run = 1; run <= 4; run++)
            {
                Assert.IsType<CommandDone>(await node.StartAsync());
                node.Shim().End(run);
                await node.UntilAsync(v => v.Status == ContainerStatus.Exited && v.Runs == run);
                await node.UntilAsync(() => _world.Read(() => _world.Shims.Count == 0), _world.Leftovers);
            }

            await node.UntilAsync(() => _world.Read(() => _world.Snapshots.Count == 1), () => "no snapshot");
        }

        await using var next = new Node(_world);
        var view = await next.UntilAsync(v => v.Status == ContainerStatus.Exited);
        Assert.Equal((4, 4), (view.Runs, view.ExitCode));
    }

    [Fact]
    public async Task Commands_when_a_container_still_recovers_then_others_are_served_and_waiting_is_bounded()
    {
        await RunningAsync();
        var other = ContainerId.Parse(new string('b', 64));
        _world.FrozenReplay = Troupe.Containers.Containers.ContainerActor.PersistenceIdOf(Samples.Id);
        await using var node = new Node(_world);
        Assert.IsType<ContainerCreatedResult>(await node.CreateAsync(id: other));
        var waiting = Enumerable.Range(0, Limits.CommandsRecoveringMax).Select(_ => node.StartAsync()).ToArray();
        Assert.Equal(ErrorCode.Unavailable, Assert.IsType<CommandFailed>(await node.StartAsync()).Code);
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
    }

    [Fact]
    public async Task Recovery_when_a_row_can_not_be_read_then_that_one_is_quarantined_and_says_so()
    {
        await RunningAsync();
        _world.BrokenReplay = Troupe.Containers.Containers.ContainerActor.PersistenceIdOf(Samples.Id);
        await using var node = new Node(_world);
        var other = ContainerId.Parse(new string('b', 64));
        Assert.IsType<ContainerCreatedResult>(await node.CreateAsync(id: other));
        var failure = Assert.IsType<CommandFailed>(await node.StartAsync());
        Assert.Equal(ErrorCode.Internal, failure.Code);
        Assert.Contains("broken row", failure.Message, StringComparison.Ordinal);
        Assert.Equal("shims 1, layers 1, endpoints 1", _world.Leftovers());
    }

    [Fact]
    public async Task Journal_when_a_write_fails_then_the_command_is_unavailable_and_the_actor_comes_back()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        _world.BrokenWrites = true;
        Assert.Equal(ErrorCode.Unavailable, Assert.IsType<CommandFailed>(await node.StartAsync()).Code);
        _world.BrokenWrites = false;
        object reply;
        using var deadline = new CancellationTokenSource(Node.Patience);
        do reply = await node.StartAsync();
        while (reply is CommandFailed { Code: ErrorCode.Unavailable } && !deadline.IsCancellationRequested);
        Assert.IsType<CommandDone>(reply);
    }

    [Fact]
    public async Task Task_actor_when_it_fails_then_the_container_runs_on_and_is_found_again()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        node.System.ActorSelection(node.Tasks.Path / Samples.Id.Hex).Tell(Kill.Instance);
        await AdoptedAsync(node, connects: 1);
    }

    [Fact]
    public async Task Runc_actor_when_it_fails_then_the_container_runs_on_and_is_found_again()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        node.System.ActorSelection(node.Runcs.Path / Samples.Id.Hex).Tell(Kill.Instance);
        await AdoptedAsync(node, connects: 1);
    }

    private async Task AdoptedAsync(Node node, int connects)
    {
        await node.UntilAsync(() => _world.Read(() => _world.Steps.Count(s => s == "shim connect") >= connects), () => "not looked for again");
        Assert.Equal(ContainerStatus.Running, node.Index[Samples.Id].Status);
        Assert.IsType<CommandDone>(await node.AskAsync(new StopContainer(Samples.Id, Samples.Cause, 5, null)));
        Assert.Equal(143, node.Index[Samples.Id].ExitCode);
    }

    [Fact]
    public async Task Container_actor_when_it_fails_then_waiters_hear_it_and_it_comes_back()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        using var waiter = Inbox.Create(node.System);
        node.Containers.Tell(new WaitContainer(Samples.Id, Samples.Cause, WaitCondition.NextExit, Run: 0), waiter.Receiver);
        Assert.IsType<WaitRegistered>(waiter.Receive(Node.Patience));
        node.System.ActorSelection(node.Containers.Path / Samples.Id.Hex).Tell(Kill.Instance);
        Assert.Equal(ErrorCode.Unavailable, Assert.IsType<CommandFailed>(waiter.Receive(Node.Patience)).Code);
        Assert.IsType<CommandDone>(await node.AskAsync(new StopContainer(Samples.Id, Samples.Cause, 5, null)));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Wait_for_the_next_exit_when_it_was_lost_and_comes_again_then_an_exit_of_that_run_meanwhile_is_its_answer(int run, bool isOver)
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        using var waiter = Inbox.Create(node.System);
        node.Containers.Tell(new WaitContainer(Samples.Id, Samples.Cause, WaitCondition.NextExit, Run: 0), waiter.Receiver);
        Assert.Equal(1, Assert.IsType<WaitRegistered>(waiter.Receive(Node.Patience)).Run);
        Assert.IsType<CommandDone>(await node.AskAsync(new StopContainer(Samples.Id, Samples.Cause, 5, null)));
        using var again = Inbox.Create(node.System);
        node.Containers.Tell(new WaitContainer(Samples.Id, Samples.Cause, WaitCondition.NextExit, run), again.Receiver);
        Assert.Equal(run, Assert.IsType<WaitRegistered>(again.Receive(Node.Patience)).Run);
        if (!isOver) await node.StartAsync();
        if (!isOver) Assert.IsType<CommandDone>(await node.AskAsync(new StopContainer(Samples.Id, Samples.Cause, 5, null)));
        Assert.Equal(143, Assert.IsType<ContainerWaitResult>(again.Receive(Node.Patience)).ExitCode);
    }
}
