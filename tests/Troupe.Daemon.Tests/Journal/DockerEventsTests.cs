using Troupe.Daemon.Journal;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Daemon.Tests.Journal;

public sealed class DockerEventsTests
{
    private static readonly Cause Why = Cause.Engine("test");
    private static readonly ContainerId Id = ContainerId.New();
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private static readonly EndpointInfo Endpoint = new("n1", "bridge", "e1", "172.17.0.2", 24, "172.17.0.1", "02:42:ac:11:00:02");

    [Fact]
    public void Life_when_a_container_is_run_stopped_and_removed_then_is_told_in_dockers_words()
    {
        var events = Map(new DockerEvents("node", (_, _) => []), Life());

        Assert.Equal(
            ["create", "connect", "start", "kill", "disconnect", "die", "stop", "destroy"], events.Select(e => e.Action));
        Assert.All(events.Where(e => e.Type == "container"), e =>
        {
            Assert.Equal("busybox", e.Attributes["image"]);
            Assert.Equal("web", e.Attributes["name"]);
            Assert.Equal("v", e.Attributes["label"]);
        });
        Assert.Equal("15", events[3].Attributes["signal"]);
        Assert.Equal(("143", "7"), (events[5].Attributes["exitCode"], events[5].Attributes["execDuration"]));
        Assert.Equal(("bridge", "bridge", Id.Hex),
            (events[1].Attributes["name"], events[1].Attributes["type"], events[1].Attributes["container"]));
    }

    [Fact]
    public void Reader_when_it_begins_in_the_middle_then_shows_what_only_the_history_has()
    {
        var life = Life().OfType<ContainerEvent>().ToArray();
        var mapper = new DockerEvents("node", (id, _) => id == Id ? life.Take(4) : []);

        var died = Map(mapper, [life[4]]);

        Assert.Equal(["die", "stop"], died.Select(e => e.Action));
        Assert.Equal("web", died[0].Attributes["name"]);
        Assert.Equal("7", died[0].Attributes["execDuration"]);
    }

    [Fact]
    public void Endpoint_when_released_before_it_was_connected_then_nobody_hears_of_it()
    {
        var events = Map(new DockerEvents("node", (_, _) => []),
            [new EndpointReservationMade("n1", At, Why, Id, Endpoint), new EndpointReleased("n1", At, Why, Id)]);

        Assert.Empty(events);
    }

    [Fact]
    public void Exit_when_out_of_memory_then_is_told_before_the_death()
    {
        var events = Map(new DockerEvents("node", (_, _) => []), [new ContainerExited(Id, At, Why, 1, 137, OomKilled: true, ExitKnown: true)]);

        Assert.Equal(["oom", "die"], events.Select(e => e.Action));
    }

    [Fact]
    public void Attach_when_journalled_before_the_start_then_is_told_before_it()
    {
        var events = Map(new DockerEvents("node", (_, _) => []),
            [Life()[0], new ContainerAttached(Id, At, Why), new ContainerStartRequested(Id, At, Why, 1), new ContainerStarted(Id, At, Why, 1, 42, 1, [])]);

        Assert.Equal(["create", "attach", "start"], events.Select(e => e.Action));
        Assert.Equal(("web", "busybox"), (events[1].Attributes["name"], events[1].Attributes["image"]));
    }

    private static object[] Life() =>
    [
        new ContainerCreated(Id, At, Why, "web", 1, default, [], Spec()),
        new EndpointReservationMade("n1", At, Why, Id, Endpoint),
        new EndpointWasConnected("n1", At, Why, Id),
        new ContainerStartRequested(Id, At, Why, 1),
        new ContainerStarted(Id, At, Why, 1, 42, 1, [Endpoint]),
        new ContainerStopRequested(Id, At.AddSeconds(6), Why, 15, 10),
        new EndpointReleased("n1", At.AddSeconds(7), Why, Id),
        new ContainerExited(Id, At.AddSeconds(7), Why, 1, 143, false, true),
        new ContainerRemoved(Id, At.AddSeconds(8), Why),
    ];

    private static ContainerSpec Spec() => new(
        "busybox", "", "", "", false, true, true, false, false, false, [], null, null, "", new() { ["label"] = "v" }, [], [], "", null, null!);

    private static List<EngineEvent> Map(DockerEvents mapper, object[] rows) =>
        [.. rows.SelectMany((row, i) => mapper.Map(i + 1, row).ToArray())];
}
