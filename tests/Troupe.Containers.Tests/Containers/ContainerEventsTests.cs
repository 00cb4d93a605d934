using Troupe.Containers.Containers;
using Troupe.Containers.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;

namespace Troupe.Containers.Tests.Containers;

public sealed class ContainerEventsTests
{
    private static readonly (Specs.ContainerId Id, DateTimeOffset At, Cause Cause) E = (Samples.Id, Samples.Now, Samples.Cause);

    private static readonly ContainerEvent[] All =
    [
        new ContainerCreated(E.Id, E.At, E.Cause, "name", 1, Samples.ImageId, [], Samples.Spec),
        new ContainerStartRequested(E.Id, E.At, E.Cause, 1),
        new ContainerStarted(E.Id, E.At, E.Cause, 1, 42, 7, []),
        new ContainerStartFailed(E.Id, E.At, E.Cause, 1, 127, "no", ErrorCode.InvalidArgument),
        new ContainerStopRequested(E.Id, E.At, E.Cause, 15, 10),
        new ContainerSignalled(E.Id, E.At, E.Cause, 15),
        new ContainerExited(E.Id, E.At, E.Cause, 1, 3, OomKilled: false, ExitKnown: true),
        new ContainerRemoveRequested(E.Id, E.At, E.Cause, Force: false),
        new ContainerRemoveFailed(E.Id, E.At, E.Cause, "busy"),
        new ContainerRemoved(E.Id, E.At, E.Cause),
        new ContainerAttached(E.Id, E.At, E.Cause),
        new EventOfALaterVersion(E.Id, E.At, E.Cause),
    ];

    private sealed record EventOfALaterVersion(Specs.ContainerId Id, DateTimeOffset At, Cause Cause) : ContainerEvent(Id, At, Cause);

    private static ContainerState? Apply(params ContainerEvent[] events) => events.Aggregate((ContainerState?)null, ContainerEvents.Apply);

    /// <summary>Total: any event after any pair of events applies without an exception.</summary>
    [Fact]
    public void Apply_when_any_event_follows_any_history_then_it_never_fails()
    {
        foreach (var a in All)
        foreach (var b in All)
        foreach (var c in All)
        {
            Apply(a, b, c);
            Apply(All[0], a, b, c);
        }
    }

    [Fact]
    public void Apply_when_a_first_start_fails_then_the_container_is_created_with_the_starts_exit_code()
    {
        var state = Apply(All[0], All[1], All[3])!;
        Assert.Equal((ContainerStatus.Created, 127, "no", 1), (state.Status, state.ExitCode, state.Error, state.Run));
    }

    [Fact]
    public void Apply_when_a_later_start_fails_then_the_container_is_exited()
    {
        var state = Apply(All[0], All[1], All[2], All[6], All[1], All[3])!;
        Assert.Equal((ContainerStatus.Exited, 127), (state.Status, state.ExitCode));
    }

    [Fact]
    public void Apply_when_it_exits_then_pid_endpoints_and_the_stop_are_gone()
    {
        var state = Apply(All[0], All[1], All[2], All[4], All[6])!;
        Assert.Equal((0, 0, 3, E.At), (state.Pid, state.StopSignal, state.ExitCode, state.FinishedAt!.Value));
        Assert.Empty(state.Endpoints);
    }

    [Fact]
    public void Apply_when_the_exit_is_unknown_then_the_code_is_marked_as_a_stand_in()
    {
        var state = Apply(All[0], All[1], All[2], new ContainerExited(E.Id, E.At, E.Cause, 1, 255, OomKilled: false, ExitKnown: false))!;
        Assert.False(state.ExitKnown);
        Assert.NotEqual("", state.Error);
    }

    [Fact]
    public void Apply_when_walking_legal_histories_then_every_step_is_in_the_lifecycle_table()
    {
        ContainerEvent[][] histories =
        [
            [All[0], All[1], All[2], All[4], All[6], All[1], All[3], All[7], All[9]],
            [All[0], All[1], All[3], All[7], All[8], All[7], All[9]],
            [All[0], All[1], All[2], All[7], All[6], All[9]],
        ];
        foreach (var history in histories)
        {
            ContainerState? state = null;
            foreach (var e in history)
            {
                var next = ContainerEvents.Apply(state, e)!;
                if (state is not null) Assert.True(ContainerLifecycle.MayGo(state.Status, next.Status), $"{state.Status} -> {next.Status} by {e.GetType().Name}");
                state = next;
            }

            Assert.Equal(ContainerStatus.Removed, state!.Status);
        }
    }
}
