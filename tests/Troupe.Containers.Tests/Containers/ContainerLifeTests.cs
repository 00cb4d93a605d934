using Troupe.Containers.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;

namespace Troupe.Containers.Tests.Containers;

/// <summary>A container's whole life through the real actors, with the kernel, the images and the networks played by the world.</summary>
public sealed class ContainerLifeTests
{
    private readonly World _world = new();

    private static CommandFailed Failure(object reply) => Assert.IsType<CommandFailed>(reply);

    [Fact]
    public async Task Run_when_all_is_well_then_every_step_is_journalled_and_nothing_is_left()
    {
        await using var node = new Node(_world);
        Assert.IsType<ContainerCreatedResult>(await node.CreateAsync());
        Assert.Equal(ContainerStatus.Created, node.Index[Samples.Id].Status);
        Assert.IsType<CommandDone>(await node.StartAsync());
        var view = node.Index[Samples.Id];
        Assert.Equal((ContainerStatus.Running, node.Shim().Pid, 1), (view.Status, view.Pid, view.Endpoints.Length));
        node.Shim().End(3);
        view = await node.UntilAsync(v => v.Status == ContainerStatus.Exited);
        Assert.Equal((3, 0), (view.ExitCode, view.Pid));
        Assert.IsType<CommandDone>(await node.RemoveAsync(force: false));
        Assert.Empty(node.Index);
        Assert.Equal("shims 0, layers 0, endpoints 0", _world.Leftovers());
        Assert.Contains(Samples.Id, _world.ReleasedNames);
        Assert.Equal(
            ["ContainerCreated", "ContainerStartRequested", "ContainerStarted", "ContainerExited", "ContainerRemoveRequested", "ContainerRemoved"],
            _world.Journal.Values.Single().Select(e => e.Event.GetType().Name));
        Assert.Equal("No such container: " + Samples.Id, Failure(await node.StartAsync()).Message);
    }

    [Fact]
    public async Task Attach_when_a_start_follows_at_once_then_is_journalled_before_it_and_changes_nothing()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        var before = node.Index[Samples.Id];
        var attached = node.AskAsync(new AttachContainer(Samples.Id, Samples.Cause));
        var started = node.StartAsync();
        Assert.IsType<CommandDone>(await attached);
        Assert.IsType<CommandDone>(await started);
        Assert.Equal(ContainerStatus.Created, before.Status);
        Assert.Equal(
            ["ContainerCreated", "ContainerAttached", "ContainerStartRequested", "ContainerStarted"],
            _world.Journal.Values.Single().Select(e => e.Event.GetType().Name));
    }

    [Fact]
    public async Task Remove_when_its_network_does_not_exist_then_nothing_of_it_stays()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        _world.Failing = "release";
        _world.FailingCode = ErrorCode.NotFound;
        Assert.IsType<CommandDone>(await node.RemoveAsync(force: true));
        Assert.Empty(node.Index);
    }

    [Fact]
    public async Task Attach_when_the_container_is_gone_then_not_found()
    {
        await using var node = new Node(_world);
        Assert.Equal(ErrorCode.NotFound, Failure(await node.AskAsync(new AttachContainer(Samples.Id, Samples.Cause))).Code);
    }

    [Fact]
    public async Task Start_when_intent_is_not_journalled_then_nothing_is_made()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        var steps = _world.Steps;
        Assert.True(steps.IndexOf("journal ContainerStartRequested") < steps.IndexOf("layer"));
        Assert.True(steps.IndexOf("shim create") < steps.IndexOf("connect"));
        Assert.True(steps.IndexOf("connect") < steps.IndexOf("shim exec"));
        Assert.True(steps.IndexOf("shim exec") < steps.IndexOf("journal ContainerStarted"));
    }

    [Theory]
    [InlineData(2, 127, ErrorCode.InvalidArgument, "exec: \"true\": executable file not found in $PATH: unknown")]
    [InlineData(13, 126, ErrorCode.InvalidArgument, "exec: \"true\": permission denied: unknown")]
    [InlineData(22, 128, ErrorCode.Internal, "exec failed: unknown")]
    public async Task Start_when_the_exec_fails_then_the_code_is_dockers_and_nothing_is_left(int errno, int exitCode, ErrorCode code, string text)
    {
        _world.StartErrno = errno;
        await using var node = new Node(_world);
        await node.CreateAsync();
        var failure = Failure(await node.StartAsync());
        Assert.Equal(code, failure.Code);
        Assert.StartsWith("failed to create task for container: ", failure.Message);
        Assert.EndsWith(text, failure.Message);
        var view = node.Index[Samples.Id];
        Assert.Equal((ContainerStatus.Created, exitCode), (view.Status, view.ExitCode));
        Assert.Equal("shims 0, layers 1, endpoints 0", _world.Leftovers());
    }

    [Theory]
    [InlineData("layer")]
    [InlineData("reserve")]
    [InlineData("connect")]
    public async Task Start_when_a_neighbour_refuses_then_everything_made_is_undone_and_a_later_start_works(string step)
    {
        _world.Failing = step;
        await using var node = new Node(_world);
        await node.CreateAsync();
        Assert.Equal(new CommandFailed(ErrorCode.ResourceExhausted, $"no {step}"), await node.StartAsync());
        Assert.StartsWith("shims 0,", _world.Leftovers());
        Assert.EndsWith("endpoints 0", _world.Leftovers());
        _world.Failing = "";
        Assert.IsType<CommandDone>(await node.StartAsync());
    }

    [Fact]
    public async Task Start_when_repeated_at_once_then_the_second_is_not_modified()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        var replies = await Task.WhenAll(node.StartAsync(), node.StartAsync(), node.StartAsync());
        Assert.Equal(1, replies.Count(r => r is CommandDone));
        Assert.Equal(2, replies.Count(r => r is CommandFailed { Code: ErrorCode.NotModified }));
        Assert.Equal(1, _world.Steps.Count(s => s == "shim start"));
    }

    [Fact]
    public async Task Stop_when_the_process_obeys_then_the_reply_comes_after_the_exit()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        Assert.IsType<CommandDone>(await node.AskAsync(new StopContainer(Samples.Id, Samples.Cause, 10, null)));
        Assert.Equal((ContainerStatus.Exited, 143), (node.Index[Samples.Id].Status, node.Index[Samples.Id].ExitCode));
        Assert.Equal(
            ErrorCode.NotModified, Failure(await node.AskAsync(new StopContainer(Samples.Id, Samples.Cause, 10, null))).Code);
    }

    [Fact]
    public async Task Stop_when_the_process_does_not_obey_then_it_is_killed_after_the_timeout()
    {
        _world.TermEnds = false;
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        var shim = node.Shim();
        Assert.IsType<CommandDone>(await node.AskAsync(new StopContainer(Samples.Id, Samples.Cause, 0, null)));
        Assert.Equal([15, 9], shim.Signals);
        Assert.Equal(137, node.Index[Samples.Id].ExitCode);
    }

    [Fact]
    public async Task Kill_when_it_is_sigkill_then_the_reply_comes_after_the_exit_and_otherwise_at_once()
    {
        _world.TermEnds = false;
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        Assert.IsType<CommandDone>(await node.AskAsync(new KillContainer(Samples.Id, Samples.Cause, 15)));
        Assert.Equal(ContainerStatus.Running, node.Index[Samples.Id].Status);
        Assert.IsType<CommandDone>(await node.AskAsync(new KillContainer(Samples.Id, Samples.Cause, 9)));
        Assert.Equal(ContainerStatus.Exited, node.Index[Samples.Id].Status);
        var failure = Failure(await node.AskAsync(new KillContainer(Samples.Id, Samples.Cause, 15)));
        Assert.Equal($"Container {Samples.Id} is not running", failure.Message);
    }

    [Fact]
    public async Task Remove_when_running_then_only_force_works_and_it_leaves_nothing()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        Assert.Equal(ErrorCode.FailedPrecondition, Failure(await node.RemoveAsync(force: false)).Code);
        Assert.IsType<CommandDone>(await node.RemoveAsync(force: true));
        Assert.Equal("shims 0, layers 0, endpoints 0", _world.Leftovers());
        Assert.Contains(_world.Journal.Values.Single(), e => e.Event is ContainerExited { ExitCode: 137 });
    }

    [Fact]
    public async Task Remove_when_another_removal_is_under_way_then_conflict_in_dockers_words()
    {
        _world.Frozen = "layer gone";
        await using var node = new Node(_world);
        await node.CreateAsync();
        var first = node.RemoveAsync(force: false);
        await node.UntilAsync(v => v.Status == ContainerStatus.Removing);
        Assert.Equal(
            new CommandFailed(ErrorCode.Conflict, $"removal of container {Samples.Id} is already in progress"), await node.RemoveAsync(force: false));
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public async Task Remove_when_the_layer_can_not_go_then_the_container_is_dead_and_a_later_removal_works()
    {
        _world.Failing = "layer gone";
        await using var node = new Node(_world);
        await node.CreateAsync();
        Assert.Equal(ErrorCode.Internal, Failure(await node.RemoveAsync(force: false)).Code);
        Assert.Equal(ContainerStatus.Dead, node.Index[Samples.Id].Status);
        _world.Failing = "";
        Assert.IsType<CommandDone>(await node.RemoveAsync(force: false));
        Assert.Empty(node.Index);
    }

    [Fact]
    public async Task Exit_when_auto_remove_then_the_engine_removes_it_and_the_waiter_gets_the_code()
    {
        await using var node = new Node(_world);
        await node.CreateAsync(Samples.Spec with { Host = Samples.Host with { AutoRemove = true } });
        using var waiter = Akka.Actor.Inbox.Create(node.System);
        node.Containers.Tell(new WaitContainer(Samples.Id, Samples.Cause, WaitCondition.Removed, Run: 0), waiter.Receiver);
        Assert.IsType<WaitRegistered>(waiter.Receive(Node.Patience));
        await node.StartAsync();
        node.Shim().End(5);
        Assert.Equal(new ContainerWaitResult(Samples.Id, 5, null), waiter.Receive(Node.Patience));
        await node.UntilAsync(() => _world.Leftovers() == "shims 0, layers 0, endpoints 0", _world.Leftovers);
        Assert.Contains("gone", node.Streams.Calls);
    }

    [Theory]
    [InlineData(WaitCondition.NotRunning)]
    [InlineData(WaitCondition.NextExit)]
    public async Task Wait_when_it_runs_then_the_exit_answers(WaitCondition condition)
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        using var waiter = Akka.Actor.Inbox.Create(node.System);
        node.Containers.Tell(new WaitContainer(Samples.Id, Samples.Cause, condition, Run: 0), waiter.Receiver);
        Assert.IsType<WaitRegistered>(waiter.Receive(Node.Patience));
        node.Shim().End(9);
        Assert.Equal(new ContainerWaitResult(Samples.Id, 9, null), waiter.Receive(Node.Patience));
    }

    [Fact]
    public async Task Wait_when_it_does_not_run_then_not_running_answers_at_once()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        using var waiter = Akka.Actor.Inbox.Create(node.System);
        node.Containers.Tell(new WaitContainer(Samples.Id, Samples.Cause, WaitCondition.NotRunning, Run: 0), waiter.Receiver);
        Assert.IsType<WaitRegistered>(waiter.Receive(Node.Patience));
        Assert.Equal(new ContainerWaitResult(Samples.Id, 0, null), waiter.Receive(Node.Patience));
    }

    [Fact]
    public async Task Create_when_there_is_no_command_then_it_is_refused_and_nothing_is_kept()
    {
        await using var node = new Node(_world);
        Assert.Equal(
            new CommandFailed(ErrorCode.InvalidArgument, "no command specified"), await node.CreateAsync(Samples.Spec with { Cmd = null }));
        Assert.Empty(_world.Journal);
        Assert.IsType<ContainerCreatedResult>(await node.CreateAsync());
    }

    [Fact]
    public async Task Shim_when_it_vanishes_then_the_exit_is_unknown_and_everything_is_cleared_away()
    {
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.StartAsync();
        var shim = node.Shim();
        shim.Vanish();
        var view = await node.UntilAsync(v => v.Status == ContainerStatus.Exited);
        Assert.Equal(255, view.ExitCode);
        Assert.NotEqual("", view.Error);
        await node.UntilAsync(() => _world.Leftovers() == "shims 0, layers 1, endpoints 0", _world.Leftovers);
    }
}
