using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.FirstRun;

/// <summary>The stock docker command line against a running node: the first things that a user does.</summary>
public class StockCliTests(TroupedFixture fixture, RegistryFixture registry) : IClassFixture<TroupedFixture>
{
    private DockerCli Docker => fixture.Node.Docker;

    private string Busybox => registry.Busybox;

    [Fact]
    public async Task Version_shows_client_and_server()
    {
        var version = (await Docker.RunAsync("version", "--format", "{{.Client.Version}}|{{.Server.Version}}|{{.Server.APIVersion}}")).ExpectSuccess();
        var words = version.Line.Split('|');
        Assert.Equal(3, words.Length);
        Assert.All(words, Assert.NotEmpty);
    }

    [Fact]
    public async Task Info_names_the_driver_and_the_roots()
    {
        var info = (await Docker.RunAsync("info", "--format", "{{.DockerRootDir}}|{{.OSType}}|{{.ID}}")).ExpectSuccess().Line.Split('|');
        Assert.Equal(fixture.Node.DataRoot, info[0]);
        Assert.Equal("linux", info[1]);
        Assert.NotEmpty(info[2]);
    }

    [Fact]
    public async Task Pull_from_a_real_registry_then_images_shows_it()
    {
        var pull = (await Docker.RunAsync("pull", $"{Busybox}:1.35")).ExpectSuccess();
        Assert.Contains("Digest: sha256:", pull.Output, StringComparison.Ordinal);
        Assert.Contains($"Status: Downloaded newer image for {Busybox}:1.35", pull.Output, StringComparison.Ordinal);

        var again = (await Docker.RunAsync("pull", $"{Busybox}:1.35")).ExpectSuccess();
        Assert.Contains($"Status: Image is up to date for {Busybox}:1.35", again.Output, StringComparison.Ordinal);

        var images = (await Docker.RunAsync("images", "--format", "{{.Repository}}:{{.Tag}}")).ExpectSuccess().Output;
        Assert.Contains($"{Busybox}:1.35", images, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_by_digest_gets_that_manifest()
    {
        (await Docker.RunAsync("pull", Busybox)).ExpectSuccess();
        var digest = await Docker.InspectAsync(Busybox, "{{index .RepoDigests 0}}");
        Assert.StartsWith($"{Busybox}@sha256:", digest, StringComparison.Ordinal);
        (await Docker.RunAsync("pull", digest)).ExpectSuccess();
        Assert.Equal("hi", (await Docker.RunAsync("run", "--rm", digest, "echo", "hi")).ExpectSuccess().Line);
    }

    [Fact]
    public async Task Hello_world_runs_without_anything_prepared()
    {
        Assert.SkipWhen(TroupedNode.IsPeer, "dockerd has no seed");
        var hello = (await Docker.RunAsync("run", "hello-world")).ExpectSuccess();
        Assert.Contains("Hello from ", hello.Output, StringComparison.Ordinal);
        Assert.Contains("Unable to find image 'hello-world:latest' locally", hello.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_rm_prints_the_output_and_leaves_no_container()
    {
        Assert.Equal("hi", (await Docker.RunAsync("run", "--rm", "--name", "gone", Busybox, "echo", "hi")).ExpectSuccess().Line);
        Assert.Empty((await Docker.RunAsync("ps", "-aq", "--filter", "name=gone")).ExpectSuccess().Line);
    }

    [Fact]
    public async Task Output_and_errors_arrive_on_their_own_streams()
    {
        var run = (await Docker.RunAsync("run", "--rm", Busybox, "sh", "-c", "echo out; echo err >&2")).ExpectSuccess();
        Assert.Equal("out\n", run.Output);
        Assert.EndsWith("err\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_megabyte_of_output_arrives_whole()
    {
        var run = (await Docker.RunAsync("run", "--rm", Busybox, "sh", "-c", "seq 1 150000")).ExpectSuccess();
        Assert.Equal(string.Concat(Enumerable.Range(1, 150000).Select(i => $"{i}\n")), run.Output);
    }

    [Fact]
    public async Task Stdin_reaches_the_container_and_its_end_too()
    {
        var lines = string.Concat(Enumerable.Range(1, 20000).Select(i => $"line {i}\n"));
        var run = await Docker.RunWithInputAsync(lines, "run", "-i", "--rm", Busybox, "cat");
        Assert.Equal(lines, run.ExpectSuccess().Output);
        var count = await Docker.RunWithInputAsync(lines, "run", "-i", "--rm", Busybox, "wc", "-l");
        Assert.Equal("20000", count.ExpectSuccess().Line);
    }

    [Fact]
    public async Task A_terminal_has_the_size_and_line_ends_of_a_terminal()
    {
        var run = (await Docker.RunAsync("run", "-t", "--rm", Busybox, "sh", "-c", "tty && echo $TERM")).ExpectSuccess();
        Assert.Equal("/dev/pts/0\r\nxterm\r\n", run.Output);
    }

    [Fact]
    public async Task A_terminal_takes_keys()
    {
        var run = await Docker.RunInTerminalAsync("echo $((6*7))\nexit 3\n", "run", "-it", "--rm", Busybox, "sh");
        Assert.Contains("42", run.Expect(3).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3", "exit 3")]
    [InlineData("0", "true")]
    [InlineData("137", "sh -c 'kill -9 $$'; exit $?")]
    [InlineData("143", "kill -15 $$ & trap 'exit 143' TERM; wait; sleep 5")]
    public async Task The_exit_code_is_the_container_s(string code, string script) =>
        (await Docker.RunAsync("run", "--rm", Busybox, "sh", "-c", script)).Expect(int.Parse(code, null));

    [Fact]
    public async Task A_missing_command_is_127()
    {
        var run = (await Docker.RunAsync("run", "--rm", Busybox, "no-such-command")).Expect(127);
        Assert.Contains("executable file not found in $PATH", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_127()
    {
        var run = (await Docker.RunAsync("run", "--rm", Busybox, "/no/such/file")).Expect(127);
        Assert.Contains("no such file or directory", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_execute_permission_is_126()
    {
        var run = (await Docker.RunAsync("run", "--rm", Busybox, "/etc/not-executable")).Expect(126);
        Assert.Contains("permission denied", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_can_t_start_stays_as_created_with_its_exit_code()
    {
        (await Docker.RunAsync("run", "--name", "cant-start", Busybox, "/no/such/file")).Expect(127);
        Assert.Equal("created|127", await Docker.InspectAsync("cant-start", "{{.State.Status}}|{{.State.ExitCode}}"));
        (await Docker.RunAsync("rm", "cant-start")).ExpectSuccess();
    }

    [Fact]
    public async Task Detached_then_ps_logs_stop_wait_rm()
    {
        var id = (await Docker.RunAsync("run", "-d", "--name", "life", Busybox, "sh", "-c", "echo started; trap 'exit 9' TERM; while :; do sleep 0.1; done"))
            .ExpectSuccess().Line;
        Assert.Matches("^[0-9a-f]{64}$", id);

        var ps = (await Docker.RunAsync("ps", "-a", "--no-trunc", "--filter", "name=life", "--format", "{{.ID}}|{{.State}}|{{.Names}}|{{.Image}}"))
            .ExpectSuccess().Line;
        Assert.Equal($"{id}|running|life|{Busybox}", ps);

        await Poll.UntilAsync("the log has its line", Command.Limit,
            async () => (await Docker.RunAsync("logs", "life")).ExpectSuccess().Output == "started\n");

        await using var wait = Docker.Start("wait", "life");
        (await Docker.RunAsync("stop", "life")).ExpectSuccess();
        Assert.Equal("9", (await wait.WaitAsync(Command.Limit)).ExpectSuccess().Line);
        Assert.Equal("exited|9", await Docker.InspectAsync("life", "{{.State.Status}}|{{.State.ExitCode}}"));

        Assert.Equal("life", (await Docker.RunAsync("rm", "life")).ExpectSuccess().Line);
        (await Docker.RunAsync("inspect", "life")).Expect(1);
    }

    [Fact]
    public async Task Stop_kills_what_ignores_the_signal_when_its_time_is_over()
    {
        (await Docker.RunAsync("run", "-d", "--name", "deaf", Busybox, "sh", "-c", "trap '' TERM; while :; do sleep 1; done")).ExpectSuccess();
        (await Docker.RunAsync("stop", "-t", "1", "deaf")).ExpectSuccess();
        Assert.Equal("137", await Docker.InspectAsync("deaf", "{{.State.ExitCode}}"));
        (await Docker.RunAsync("rm", "deaf")).ExpectSuccess();
    }

    [Fact]
    public async Task Start_runs_an_ended_container_again()
    {
        (await Docker.RunAsync("run", "--name", "twice", Busybox, "sh", "-c", "echo run >> /runs; cat /runs | wc -l")).ExpectSuccess();
        var second = (await Docker.RunAsync("start", "-a", "twice")).ExpectSuccess();
        Assert.Equal("2", second.Line);
        Assert.Equal("1\n2\n", (await Docker.RunAsync("logs", "twice")).ExpectSuccess().Output);
        (await Docker.RunAsync("rm", "twice")).ExpectSuccess();
    }

    [Fact]
    public async Task Logs_follow_until_the_container_ends()
    {
        (await Docker.RunAsync("run", "-d", "--name", "ticks", Busybox, "sh", "-c", "for i in 1 2 3 4 5; do echo tick $i; sleep 0.1; done")).ExpectSuccess();
        await using var follow = Docker.Start("logs", "-f", "-t", "ticks");
        var logs = (await follow.WaitAsync(Command.Limit)).ExpectSuccess().Output;
        Assert.Equal([1, 2, 3, 4, 5], logs.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => int.Parse(l.Split(' ')[^1], null)));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z tick 1\n", logs);
        Assert.Equal("tick 5\n", (await Docker.RunAsync("logs", "--tail", "1", "ticks")).ExpectSuccess().Output);
        (await Docker.RunAsync("rm", "ticks")).ExpectSuccess();
    }

    [Fact]
    public async Task Kill_sends_the_signal_that_is_asked_for()
    {
        (await Docker.RunAsync("run", "-d", "--name", "killed", Busybox, "sh", "-c", "trap 'echo usr1; exit 4' USR1; echo ready; while :; do sleep 0.05; done"))
            .ExpectSuccess();
        await Poll.UntilAsync("the trap is set", Command.Limit, async () => (await Docker.RunAsync("logs", "killed")).Output == "ready\n");
        (await Docker.RunAsync("kill", "-s", "USR1", "killed")).ExpectSuccess();
        Assert.Equal("4", (await Docker.RunAsync("wait", "killed")).ExpectSuccess().Line);
        Assert.Equal("ready\nusr1\n", (await Docker.RunAsync("logs", "killed")).ExpectSuccess().Output);
        (await Docker.RunAsync("rm", "killed")).ExpectSuccess();
    }

    [Fact]
    public async Task Rm_refuses_a_running_container_unless_forced()
    {
        (await Docker.RunAsync("run", "-d", "--name", "busy", Busybox, "sleep", "1000")).ExpectSuccess();
        var refused = (await Docker.RunAsync("rm", "busy")).Expect(1);
        Assert.Contains("container is running", refused.Error, StringComparison.Ordinal);
        (await Docker.RunAsync("rm", "-f", "busy")).ExpectSuccess();
    }

    [Fact]
    public async Task Rmi_removes_the_image_but_not_under_a_container()
    {
        var image = $"{Busybox}:removed";
        (await Docker.RunAsync("run", "--name", "keeper", image, "true")).ExpectSuccess();
        Assert.Contains("conflict", (await Docker.RunAsync("rmi", image)).Expect(1).Error, StringComparison.OrdinalIgnoreCase);
        (await Docker.RunAsync("rm", "keeper")).ExpectSuccess();
        Assert.Contains($"Untagged: {image}", (await Docker.RunAsync("rmi", image)).ExpectSuccess().Output, StringComparison.Ordinal);
        (await Docker.RunAsync("image", "inspect", image)).Expect(1);
    }

    [Fact]
    public async Task Environment_user_folder_and_host_name_are_as_asked()
    {
        var run = (await Docker.RunAsync(
            "run", "--rm", "-e", "COLOUR=red", "-u", "nobody", "-w", "/tmp", "--hostname", "stage", Busybox,
            "sh", "-c", "echo $COLOUR; id -u; pwd; hostname; cat /etc/hostname")).ExpectSuccess();
        Assert.Equal("red\n65534\n/tmp\nstage\nstage\n", run.Output);
    }

    [Fact]
    public async Task The_default_network_gives_an_address_a_route_and_names()
    {
        (await Docker.RunAsync("run", "-d", "--name", "netted", Busybox, "sleep", "1000")).ExpectSuccess();
        var address = await Docker.InspectAsync("netted", "{{.NetworkSettings.Networks.bridge.IPAddress}}");
        var prefix = fixture.Node.Bip[..fixture.Node.Bip.LastIndexOf('.')];
        Assert.StartsWith(prefix + ".", address, StringComparison.Ordinal);

        var inside = (await Docker.RunAsync("run", "--rm", Busybox, "sh", "-c", $"ping -c 1 -W 5 {address} >/dev/null && ip route && cat /etc/hosts /etc/resolv.conf"))
            .ExpectSuccess().Output;
        Assert.Contains($"default via {prefix}.1 dev eth0", inside, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1\tlocalhost", inside, StringComparison.Ordinal);
        (await Docker.RunAsync("rm", "-f", "netted")).ExpectSuccess();
    }

    [Fact]
    public async Task Network_none_has_loopback_only()
    {
        var run = (await Docker.RunAsync("run", "--rm", "--network", "none", Busybox, "ls", "/sys/class/net")).ExpectSuccess();
        Assert.Equal("lo", run.Line);
    }

    [Fact]
    public async Task Network_host_is_the_host_s()
    {
        var run = (await Docker.RunAsync("run", "--rm", "--network", "host", Busybox, "readlink", "/proc/self/ns/net")).ExpectSuccess();
        Assert.Equal(new FileInfo("/proc/self/ns/net").LinkTarget, run.Line);
    }

    [Fact]
    public async Task Events_tell_the_life_of_a_container_in_order()
    {
        await using var events = Docker.Start(
            "events", "--since", "0", "--filter", "container=told", "--filter", "type=container", "--format", "{{.Action}}");
        (await Docker.RunAsync("run", "--rm", "--name", "told", Busybox, "true")).ExpectSuccess();
        await Poll.UntilAsync("destroy is told", Command.Limit, () => events.Output.Contains("destroy", StringComparison.Ordinal));
        Assert.Equal(["create", "attach", "start", "die", "destroy"], events.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
