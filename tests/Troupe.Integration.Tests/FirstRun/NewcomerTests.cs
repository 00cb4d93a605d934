using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.FirstRun;

/// <summary>What somebody who knows docker tries next: each answer was compared with dockerd's on the same machine.</summary>
public class NewcomerTests(TroupedFixture fixture, RegistryFixture registry) : IClassFixture<TroupedFixture>
{
    private DockerCli Docker => fixture.Node.Docker;

    private string Busybox => registry.Busybox;

    private async Task<string> InsideAsync(string[] options, string script) =>
        (await Docker.RunAsync(["run", "--rm", .. options, Busybox, "sh", "-c", script])).ExpectSuccess().Output;

    [Theory]
    [InlineData("nofile=20", "20 20")]
    [InlineData("nofile=100:200", "100 200")]
    public async Task A_limit_of_open_files_reaches_the_container_however_low(string limit, string shown) =>
        Assert.Equal(shown + "\n", await InsideAsync(["--ulimit", limit], "echo $(ulimit -n) $(ulimit -Hn)"));

    [Theory]
    [InlineData("", "0")]
    [InlineData("5:6", "6")]
    [InlineData("7", "0")]
    public async Task The_primary_group_is_among_the_groups(string user, string groups) =>
        Assert.Equal(groups + "\n", await InsideAsync(user.Length == 0 ? [] : ["-u", user], "id -G"));

    [Fact]
    public async Task An_unknown_network_fails_the_start_and_the_container_can_be_removed()
    {
        var run = (await Docker.RunAsync("run", "--name", "lonely", "--network", "no-such-network", Busybox, "true")).Expect(125);
        Assert.Contains("network no-such-network not found", run.Error, StringComparison.Ordinal);
        Assert.Equal("created", await Docker.InspectAsync("lonely", "{{.State.Status}}"));
        Assert.Equal("lonely", (await Docker.RunAsync("rm", "lonely")).ExpectSuccess().Line);
        var removed = (await Docker.RunAsync("run", "--rm", "--name", "lonely", "--network", "no-such-network", Busybox, "true")).Expect(125);
        Assert.DoesNotContain("cannot remove container", removed.Error, StringComparison.Ordinal);
        Assert.Empty((await Docker.RunAsync("ps", "-aq", "--filter", "name=lonely")).ExpectSuccess().Line);
    }

    [Fact]
    public async Task Kill_of_what_does_not_run_names_it_as_the_user_did()
    {
        (await Docker.RunAsync("create", "--name", "still", Busybox, "true")).ExpectSuccess();
        var kill = (await Docker.RunAsync("kill", "still")).Expect(1);
        Assert.Matches("cannot kill container: still: Container [0-9a-f]{64} is not running", kill.Error);
        (await Docker.RunAsync("rm", "still")).ExpectSuccess();
    }

    [Fact]
    public async Task An_unknown_capability_is_named()
    {
        Assert.Contains("invalid CapAdd: unknown capability: \"CAP_NONSENSE\"",
            (await Docker.RunAsync("run", "--rm", "--cap-add", "nonsense", Busybox, "true")).Expect(125).Error, StringComparison.Ordinal);
        Assert.Contains("invalid CapDrop: unknown capability: \"CAP_NONSENSE\"",
            (await Docker.RunAsync("run", "--rm", "--cap-drop", "nonsense", Busybox, "true")).Expect(125).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_by_tail_time_and_with_stamps()
    {
        (await Docker.RunAsync("run", "--name", "talker", Busybox, "sh", "-c", "for i in 1 2 3 4 5; do echo line $i; done")).ExpectSuccess();
        Assert.Equal("line 4\nline 5\n", (await Docker.RunAsync("logs", "--tail", "2", "talker")).ExpectSuccess().Output);
        Assert.Equal("", (await Docker.RunAsync("logs", "--tail", "0", "talker")).ExpectSuccess().Output);
        Assert.Equal("", (await Docker.RunAsync("logs", "--since", "2100-01-01T00:00:00Z", "talker")).ExpectSuccess().Output);
        Assert.Equal("", (await Docker.RunAsync("logs", "--until", "1h", "talker")).ExpectSuccess().Output);
        Assert.Equal(5, (await Docker.RunAsync("logs", "--since", "1h", "talker")).ExpectSuccess().Output.Count(c => c == '\n'));
        Assert.All(
            (await Docker.RunAsync("logs", "-t", "talker")).ExpectSuccess().Line.Split('\n'),
            line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line \d$", line));
        Assert.Equal("line 5\n", (await Docker.RunAsync("logs", "-f", "-n", "1", "talker")).ExpectSuccess().Output);
        (await Docker.RunAsync("rm", "talker")).ExpectSuccess();
    }

    [Fact]
    public async Task Create_then_start_attached_gives_output_and_code()
    {
        (await Docker.RunAsync("create", "--name", "later", Busybox, "sh", "-c", "echo hello; exit 4")).ExpectSuccess();
        Assert.Equal("hello\n", (await Docker.RunAsync("start", "-a", "later")).Expect(4).Output);
        Assert.Equal("hello\n", (await Docker.RunAsync("start", "-a", "later")).Expect(4).Output);
        Assert.Equal("hello\nhello\n", (await Docker.RunAsync("logs", "later")).ExpectSuccess().Output);
        (await Docker.RunAsync("rm", "later")).ExpectSuccess();
    }

    [Fact]
    public async Task Attach_with_input_goes_to_a_running_container_and_gets_its_end()
    {
        (await Docker.RunAsync("run", "-d", "-i", "--name", "listener", Busybox, "sh", "-c", "read x; echo got $x; exit 3")).ExpectSuccess();
        Assert.Equal("got hey\n", (await Docker.RunWithInputAsync("hey\n", "attach", "listener")).Expect(3).Output);
        (await Docker.RunAsync("rm", "listener")).ExpectSuccess();
    }

    [Fact]
    public async Task Out_of_memory_is_told()
    {
        (await Docker.RunAsync("run", "--name", "glutton", "-m", "10m", "--memory-swap", "10m", Busybox, "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"))
            .Expect(137);
        Assert.Equal("true|137", await Docker.InspectAsync("glutton", "{{.State.OOMKilled}}|{{.State.ExitCode}}"));
        (await Docker.RunAsync("rm", "glutton")).ExpectSuccess();
    }

    [Fact]
    public async Task A_process_that_ignores_the_stop_is_killed_after_the_time()
    {
        (await Docker.RunAsync("run", "-d", "--name", "stubborn", Busybox, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done")).ExpectSuccess();
        await Poll.UntilAsync("the trap is set", Command.Limit, async () => (await Docker.RunAsync("logs", "stubborn")).Output == "ready\n");
        (await Docker.RunAsync("stop", "-t", "1", "stubborn")).ExpectSuccess();
        Assert.Equal("137|false", await Docker.InspectAsync("stubborn", "{{.State.ExitCode}}|{{.State.OOMKilled}}"));
        (await Docker.RunAsync("rm", "stubborn")).ExpectSuccess();
    }

    [Fact]
    public async Task A_running_container_and_its_image_can_t_be_removed_without_force()
    {
        var id = (await Docker.RunAsync("run", "-d", "--name", "busy", Busybox, "sleep", "1000")).ExpectSuccess().Line;
        Assert.Contains("cannot remove container \"/busy\": container is running: stop the container before removing or force remove",
            (await Docker.RunAsync("rm", "busy")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains($"conflict: unable to remove repository reference \"{Busybox}\" (must force) - container",
            (await Docker.RunAsync("rmi", Busybox)).Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal(id[..12], (await Docker.RunAsync("ps", "-q", "--filter", "name=busy", "--filter", "status=running")).ExpectSuccess().Line);
        (await Docker.RunAsync("rm", "-f", "busy")).ExpectSuccess();
    }

    [Fact]
    public async Task Names_and_addresses_of_the_container_are_in_its_files()
    {
        var files = await InsideAsync(
            ["--hostname", "stage", "--domainname", "example.org", "--add-host", "db:1.2.3.4", "--dns", "9.9.9.9", "--dns-search", "example.org"],
            "cat /etc/hostname; tail -2 /etc/hosts; cat /etc/resolv.conf");
        Assert.Matches(@"^stage\n1\.2\.3\.4\tdb\n10\.199\.\d+\.\d+\tstage\.example\.org stage\nnameserver 9\.9\.9\.9\nsearch example\.org\n$", files);
    }

    [Fact]
    public async Task Events_of_the_past_are_filtered_and_end()
    {
        (await Docker.RunAsync("run", "--rm", "--name", "past", "--label", "era=old", Busybox, "true")).ExpectSuccess();
        var until = DateTimeOffset.UtcNow.AddSeconds(1).ToUnixTimeSeconds();
        var events = (await Docker.RunAsync(
            "events", "--since", "1h", "--until", $"{until}", "--filter", "label=era=old", "--filter", "event=die", "--format", "{{.Action}} {{.Actor.Attributes.exitCode}}"))
            .ExpectSuccess();
        Assert.Equal("die 0\n", events.Output);
    }

    [Fact]
    public async Task Thirty_megabytes_through_stdin_and_stdout_are_the_same_bytes()
    {
        using var folder = new TempFolder();
        var script = $"head -c 30000000 /dev/urandom > {folder["in"]} && {DockerCli.Program} run -i --rm {Busybox} cat < {folder["in"]} | cmp - {folder["in"]} && echo same";
        Assert.Equal("same", (await Command.RunAsync("/bin/sh", ["-c", script], Docker.Environment)).ExpectSuccess().Line);
    }
}
