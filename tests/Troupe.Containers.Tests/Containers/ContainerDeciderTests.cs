using Troupe.Containers.Containers;
using Troupe.Containers.Tasks;
using Troupe.Containers.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;

namespace Troupe.Containers.Tests.Containers;

public sealed class ContainerDeciderTests
{
    private static readonly EndpointInfo Endpoint = new("n", "bridge", "e", "10.0.0.2", 24, "10.0.0.1", "02:00:00:00:00:01");

    private static ContainerState State(ContainerStatus status, bool autoRemove = false, bool tty = false)
    {
        var spec = Samples.Spec with { Tty = tty, Host = Samples.Host with { AutoRemove = autoRemove } };
        ContainerState? state = null;
        foreach (var e in History(status, spec)) state = ContainerEvents.Apply(state, e);
        Assert.Equal(status, state!.Status);
        return state;
    }

    private static IEnumerable<ContainerEvent> History(ContainerStatus status, ContainerSpec spec)
    {
        var (id, at, cause) = (Samples.Id, Samples.Now, Samples.Cause);
        yield return new ContainerCreated(id, at, cause, "name", 1, Samples.ImageId, [], spec);
        if (status == ContainerStatus.Created) yield break;
        yield return new ContainerStartRequested(id, at, cause, 1);
        if (status == ContainerStatus.Starting) yield break;
        yield return new ContainerStarted(id, at, cause, 1, 42, 7, [Endpoint]);
        if (status == ContainerStatus.Running) yield break;
        yield return new ContainerExited(id, at, cause, 1, 3, OomKilled: false, ExitKnown: true);
        if (status == ContainerStatus.Exited) yield break;
        yield return new ContainerRemoveRequested(id, at, cause, Force: false);
        if (status == ContainerStatus.Removing) yield break;
        if (status == ContainerStatus.Dead) yield return new ContainerRemoveFailed(id, at, cause, "busy");
        else yield return new ContainerRemoved(id, at, cause);
    }

    private static ContainerCommand Command(string name) => name switch
    {
        "start" => new StartContainer(Samples.Id, Samples.Cause),
        "stop" => new StopContainer(Samples.Id, Samples.Cause, null, null),
        "kill" => new KillContainer(Samples.Id, Samples.Cause, 15),
        "rm" => new RemoveContainer(Samples.Id, Samples.Cause, Force: false, RemoveVolumes: false),
        "rm -f" => new RemoveContainer(Samples.Id, Samples.Cause, Force: true, RemoveVolumes: false),
        "resize" => new ResizeContainer(Samples.Id, Samples.Cause, 24, 80),
        "wait" => new WaitContainer(Samples.Id, Samples.Cause, WaitCondition.NextExit, Run: 0),
        "admit" => Samples.Admit(),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static string Describe(Decision decision) => decision switch
    {
        Accepted accepted => string.Join("+", accepted.Events.Select(e => e.GetType().Name["Container".Length..])),
        Rejected rejected => rejected.Failure.Code.ToString(),
        _ => decision.GetType().Name,
    };

    /// <summary>Every status with every command: the legal-transition table as a client sees it.</summary>
    [Theory]
    [InlineData(ContainerStatus.Created, "start:StartRequested stop:NotModified kill:FailedPrecondition rm:RemoveRequested rm -f:RemoveRequested resize:FailedPrecondition wait:Allowed admit:Allowed")]
    [InlineData(ContainerStatus.Starting, "start:Deferred stop:Deferred kill:Deferred rm:Deferred rm -f:Deferred resize:Deferred wait:Allowed admit:Allowed")]
    [InlineData(ContainerStatus.Running, "start:NotModified stop:StopRequested kill:Allowed rm:FailedPrecondition rm -f:RemoveRequested resize:FailedPrecondition wait:Allowed admit:Allowed")]
    [InlineData(ContainerStatus.Exited, "start:StartRequested stop:NotModified kill:FailedPrecondition rm:RemoveRequested rm -f:RemoveRequested resize:FailedPrecondition wait:Allowed admit:Allowed")]
    [InlineData(ContainerStatus.Removing, "start:FailedPrecondition stop:NotModified kill:FailedPrecondition rm:Conflict rm -f:Conflict resize:FailedPrecondition wait:Allowed admit:Allowed")]
    [InlineData(ContainerStatus.Dead, "start:FailedPrecondition stop:NotModified kill:FailedPrecondition rm:RemoveRequested rm -f:RemoveRequested resize:FailedPrecondition wait:Allowed admit:Allowed")]
    [InlineData(ContainerStatus.Removed, "start:NotFound stop:NotFound kill:NotFound rm:NotFound rm -f:NotFound resize:NotFound wait:NotFound admit:Conflict")]
    public void Decide_when_a_command_comes_in_a_status_then_the_table_answers(ContainerStatus status, string table)
    {
        var state = State(status);
        foreach (var row in table.Replace("rm -f", "rm_-f", StringComparison.Ordinal).Split(' '))
        {
            var (name, expected) = (row.Split(':')[0].Replace('_', ' '), row.Split(':')[1]);
            Assert.Equal($"{name}:{expected}", $"{name}:{Describe(ContainerDecider.Decide(state, Command(name), Samples.Now))}");
        }
    }

    [Theory]
    [InlineData("start")]
    [InlineData("stop")]
    [InlineData("kill")]
    [InlineData("rm")]
    [InlineData("wait")]
    public void Decide_when_nothing_was_created_then_not_found_in_dockers_words(string command)
    {
        var rejected = Assert.IsType<Rejected>(ContainerDecider.Decide(null, Command(command), Samples.Now));
        Assert.Equal(new CommandFailed(ErrorCode.NotFound, $"No such container: {Samples.Id}"), rejected.Failure);
    }

    [Theory]
    [InlineData(1, "Allowed")]
    [InlineData(0, "Conflict")]
    [InlineData(2, "AlreadyExists")]
    public void Admit_when_the_container_exists_then_only_the_same_generation_is_a_repetition(long generation, string expected) =>
        Assert.Equal(expected, Describe(ContainerDecider.Decide(
            State(ContainerStatus.Created), Samples.Admit(generation: generation), Samples.Now)));

    [Fact]
    public void Remove_when_running_then_the_text_is_dockers() => Assert.Equal(
        "cannot remove container \"/name\": container is running: stop the container before removing or force remove",
        Assert.IsType<Rejected>(ContainerDecider.Decide(State(ContainerStatus.Running), Command("rm"), Samples.Now)).Failure.Message);

    [Fact]
    public void Resize_when_running_with_a_terminal_then_it_is_allowed() => Assert.Equal(
        "Allowed", Describe(ContainerDecider.Decide(State(ContainerStatus.Running, tty: true), Command("resize"), Samples.Now)));

    [Theory]
    [InlineData(null, null, null, "", 15, 10)]
    [InlineData(3, null, null, "", 15, 3)]
    [InlineData(-1, null, null, "", 15, -1)]
    [InlineData(null, null, 7, "", 15, 7)]
    [InlineData(null, null, null, "SIGINT", 2, 10)]
    [InlineData(null, "quit", null, "SIGINT", 3, 10)]
    [InlineData(0, "RTMIN+1", null, "", 35, 0)]
    public void Stop_when_running_then_signal_and_timeout_come_from_the_request_then_the_container(
        int? timeout, string? signal, int? ownTimeout, string ownSignal, int expectedSignal, int expectedTimeout)
    {
        var state = State(ContainerStatus.Running);
        state = state with { Spec = state.Spec with { StopSignal = ownSignal, StopTimeoutSeconds = ownTimeout } };
        var accepted = Assert.IsType<Accepted>(ContainerDecider.Decide(
            state, new StopContainer(Samples.Id, Samples.Cause, timeout, signal), Samples.Now));
        var stop = Assert.IsType<ContainerStopRequested>(Assert.Single(accepted.Events));
        Assert.Equal((expectedSignal, expectedTimeout), (stop.Signal, stop.TimeoutSeconds));
    }

    [Fact]
    public void Stop_when_the_signal_is_unknown_then_invalid_argument() => Assert.Equal(
        new CommandFailed(ErrorCode.InvalidArgument, "invalid signal: NOPE"),
        Assert.IsType<Rejected>(ContainerDecider.Decide(
            State(ContainerStatus.Running), new StopContainer(Samples.Id, Samples.Cause, 1, "NOPE"), Samples.Now)).Failure);

    public static TheoryData<ContainerStatus, string> Reports => new()
    {
        { ContainerStatus.Created, "" },
        { ContainerStatus.Starting, "started:Started failed:StartFailed" },
        { ContainerStatus.Running, "exited:Exited" },
        { ContainerStatus.Exited, "" },
        { ContainerStatus.Removing, "deleted:Removed stuck:RemoveFailed" },
        { ContainerStatus.Dead, "" },
        { ContainerStatus.Removed, "" },
    };

    [Theory]
    [MemberData(nameof(Reports))]
    public void Decide_when_a_report_comes_in_a_status_then_only_the_expected_ones_count(ContainerStatus status, string table)
    {
        var state = State(status);
        var run = state.Run;
        var reports = new Dictionary<string, TaskReport>(StringComparer.Ordinal)
        {
            ["started"] = new TaskStarted(Samples.Id, run, 42, 7, [Endpoint]),
            ["failed"] = new TaskStartFailed(Samples.Id, run, 127, "no", ErrorCode.InvalidArgument),
            ["exited"] = new TaskExited(Samples.Id, run, 1, OomKilled: false, Known: true),
            ["deleted"] = new TaskDeleted(Samples.Id, run),
            ["stuck"] = new TaskDeleteFailed(Samples.Id, run, "busy"),
        };
        var expected = table.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(r => r.Split(':')).ToDictionary(r => r[0], r => r[1]);
        foreach (var (name, report) in reports)
        {
            var decided = Describe(ContainerDecider.Decide(state, report, Samples.Cause, Samples.Now));
            Assert.Equal($"{name}:{expected.GetValueOrDefault(name, "Ignored")}", $"{name}:{decided}");
            Assert.Equal("Ignored", Describe(ContainerDecider.Decide(state, report with { Run = run + 1 }, Samples.Cause, Samples.Now)));
        }
    }

    [Theory]
    [InlineData(ContainerStatus.Running)]
    [InlineData(ContainerStatus.Starting)]
    public void End_of_a_run_when_auto_remove_then_the_removal_is_in_the_same_write(ContainerStatus status)
    {
        var state = State(status, autoRemove: true);
        TaskReport end = status == ContainerStatus.Running
            ? new TaskExited(Samples.Id, 1, 0, OomKilled: false, Known: true)
            : new TaskStartFailed(Samples.Id, 1, 127, "no", ErrorCode.InvalidArgument);
        var accepted = Assert.IsType<Accepted>(ContainerDecider.Decide(state, end, Samples.Cause, Samples.Now));
        Assert.IsType<ContainerRemoveRequested>(accepted.Events[1]);
    }

    [Fact]
    public void Exit_when_removing_by_force_then_it_is_recorded_and_the_removal_goes_on()
    {
        var state = State(ContainerStatus.Running);
        state = ContainerEvents.Apply(state, new ContainerRemoveRequested(Samples.Id, Samples.Now, Samples.Cause, Force: true))!;
        Assert.True(ContainerLifecycle.MayRun(state));
        var accepted = Assert.IsType<Accepted>(ContainerDecider.Decide(
            state, new TaskExited(Samples.Id, 1, 137, OomKilled: false, Known: true), Samples.Cause, Samples.Now));
        state = ContainerEvents.Apply(state, Assert.Single(accepted.Events))!;
        Assert.Equal((ContainerStatus.Removing, 137, 0), (state.Status, state.ExitCode, state.Pid));
    }
}
