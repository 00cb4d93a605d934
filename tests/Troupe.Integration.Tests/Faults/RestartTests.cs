using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.Faults;

/// <summary>Containers outlive trouped, however it ends.</summary>
public class RestartTests(RegistryFixture registry)
{
    private const string Counter = "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i; done; echo end; sleep 1000";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_running_container_is_found_again_with_its_pid_and_every_log_byte_when_trouped_ends(bool isKilled)
    {
        await using var node = await TroupedNode.StartAsync();
        (await node.Docker.RunAsync("run", "-d", "--name", "survivor", registry.Busybox, "sh", "-c", Counter)).ExpectSuccess();
        var pid = await node.Docker.InspectAsync("survivor", "{{.State.Pid}}");
        var startedAt = await node.Docker.InspectAsync("survivor", "{{.State.StartedAt}}");

        await EndAsync(node, isKilled);
        Assert.True(Directory.Exists($"/proc/{pid}"), "the container went down with trouped");
        await node.StartAgainAsync();

        Assert.Equal($"running|{pid}|{startedAt}", await node.Docker.InspectAsync("survivor", "{{.State.Status}}|{{.State.Pid}}|{{.State.StartedAt}}"));
        var expected = string.Concat(Enumerable.Range(1, 2000).Select(i => $"line {i}\n")) + "end\n";
        await Poll.UntilAsync("the whole log is there", Command.Limit,
            async () => (await node.Docker.RunAsync("logs", "survivor")).ExpectSuccess().Output == expected);
        (await node.Docker.RunAsync("stop", "-t", "0", "survivor")).ExpectSuccess();
        Assert.Equal("137", await node.Docker.InspectAsync("survivor", "{{.State.ExitCode}}"));
    }

    [Fact]
    public async Task The_exit_code_is_right_when_the_container_ended_while_trouped_was_dead()
    {
        await using var node = await TroupedNode.StartAsync();
        (await node.Docker.RunAsync("run", "-d", "--name", "ended", registry.Busybox, "sh", "-c", "trap 'echo last words; exit 7' TERM; echo ready; while :; do sleep 0.05; done"))
            .ExpectSuccess();
        await Poll.UntilAsync("the trap is set", Command.Limit, async () => (await node.Docker.RunAsync("logs", "ended")).Output == "ready\n");
        var pid = await node.Docker.InspectAsync("ended", "{{.State.Pid}}");
        await node.KillAsync();
        (await Command.RunAsync("/bin/kill", ["-TERM", pid])).ExpectSuccess();
        await Poll.UntilAsync("the container has ended", Command.Limit, () => !Directory.Exists($"/proc/{pid}"));

        await node.StartAgainAsync();

        await Poll.UntilAsync("the exit is known", Command.Limit,
            async () => await node.Docker.InspectAsync("ended", "{{.State.Status}}|{{.State.ExitCode}}") == "exited|7");
        Assert.Equal("ready\nlast words\n", (await node.Docker.RunAsync("logs", "ended")).ExpectSuccess().Output);
        Assert.Equal("7", (await node.Docker.RunAsync("wait", "ended")).ExpectSuccess().Line);
    }

    [Fact]
    public async Task A_container_with_rm_that_ended_meanwhile_is_removed_after_the_restart()
    {
        await using var node = await TroupedNode.StartAsync();
        (await node.Docker.RunAsync("run", "-d", "--rm", "--name", "brief", registry.Busybox, "sleep", "1000")).ExpectSuccess();
        var pid = await node.Docker.InspectAsync("brief", "{{.State.Pid}}");
        await node.KillAsync();
        (await Command.RunAsync("/bin/kill", ["-KILL", pid])).ExpectSuccess();
        await node.StartAgainAsync();
        await Poll.UntilAsync("the container is gone", Command.Limit,
            async () => (await node.Docker.RunAsync("ps", "-aq")).ExpectSuccess().Line.Length == 0);
        await Poll.UntilAsync("its processes are gone", Command.Limit,
            () => LeakCheck.Processes(node.Folder).All(p => p.Contains("trouped", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_was_made_is_still_there_when_trouped_was_killed()
    {
        await using var node = await TroupedNode.StartAsync();
        var id = (await node.Docker.RunAsync("create", "--name", "kept", "-e", "A=b", registry.Busybox, "echo", "kept")).ExpectSuccess().Line;
        var image = await node.Docker.InspectAsync(registry.Busybox, "{{.Id}}");
        await node.KillAsync();
        await node.StartAgainAsync();
        Assert.Equal(image, await node.Docker.InspectAsync(registry.Busybox, "{{.Id}}"));
        Assert.Equal(id, await node.Docker.InspectAsync("kept", "{{.Id}}"));
        Assert.Equal("kept", (await node.Docker.RunAsync("start", "-a", "kept")).ExpectSuccess().Line);
    }

    [Fact]
    public async Task A_client_of_a_killed_trouped_ends_with_an_error_and_does_not_hang()
    {
        await using var node = await TroupedNode.StartAsync();
        (await node.Docker.RunAsync("pull", registry.Busybox)).ExpectSuccess();
        await using var run = node.Docker.Start("run", "--name", "cut", registry.Busybox, "sh", "-c", "echo up; sleep 1000");
        await Poll.UntilAsync("the container writes", Command.Limit, () => run.Output == "up\n");
        await node.KillAsync();
        Assert.NotEqual(0, (await run.WaitAsync(Command.Limit)).ExitCode);
        await node.StartAgainAsync();
        Assert.Equal("running", await node.Docker.InspectAsync("cut", "{{.State.Status}}"));
    }

    private static Task EndAsync(TroupedNode node, bool isKilled) => isKilled ? node.KillAsync() : node.StopAsync();
}
