using System.Text.Json;
using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.Cli;

/// <summary>Our own command line does what the stock one does.</summary>
public class TroupeCliTests(TroupedFixture fixture, RegistryFixture registry) : IClassFixture<TroupedFixture>
{
    private TroupeCli Troupe => fixture.Node.Troupe;

    [Fact]
    public async Task Version_and_info_name_both_sides()
    {
        var version = (await Troupe.RunAsync("version")).ExpectSuccess().Output;
        Assert.Contains("Client:", version, StringComparison.Ordinal);
        Assert.Contains("Server:", version, StringComparison.Ordinal);
        Assert.Contains(fixture.Node.DataRoot, (await Troupe.RunAsync("info")).ExpectSuccess().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hello_world()
    {
        Assert.SkipWhen(TroupedNode.IsPeer, "dockerd has no seed");
        var hello = (await Troupe.RunAsync("run", "--rm", "hello-world")).ExpectSuccess();
        Assert.Contains("Hello from ", hello.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_images_rmi()
    {
        var image = $"{registry.Busybox}:removed";
        (await Troupe.RunAsync("pull", image)).ExpectSuccess();
        Assert.Contains("removed", (await Troupe.RunAsync("images")).ExpectSuccess().Output, StringComparison.Ordinal);
        Assert.Contains($"Untagged: {image}", (await Troupe.RunAsync("rmi", image)).ExpectSuccess().Output, StringComparison.Ordinal);
        (await Troupe.RunAsync("pull", $"{registry.Busybox}:no-such-tag")).Expect(1);
    }

    [Theory]
    [InlineData(0, "true")]
    [InlineData(3, "sh -c 'exit 3'")]
    [InlineData(127, "no-such-command")]
    [InlineData(126, "/etc/not-executable")]
    public async Task The_exit_code_is_docker_s(int code, string command) =>
        (await Troupe.RunAsync(["run", "--rm", registry.Busybox, .. Words(command)])).Expect(code);

    [Fact]
    public async Task A_wrong_option_or_image_is_125()
    {
        (await Troupe.RunAsync("run", "--no-such-option", registry.Busybox)).Expect(125);
        (await Troupe.RunAsync("run", $"{registry.Address}/nothing")).Expect(125);
    }

    [Fact]
    public async Task Options_after_the_image_are_the_command_s()
    {
        var run = (await Troupe.RunAsync("run", "--rm", "-e", "A=b", registry.Busybox, "sh", "-c", "echo $A $0 $1", "-e", "--rm")).ExpectSuccess();
        Assert.Equal("b -e --rm", run.Line);
    }

    [Fact]
    public async Task Stdin_and_both_outputs()
    {
        var run = (await Troupe.RunWithInputAsync("ping\n", "run", "-i", "--rm", registry.Busybox, "sh", "-c", "cat; echo err >&2")).ExpectSuccess();
        Assert.Equal("ping\n", run.Output);
        Assert.EndsWith("err\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal()
    {
        var run = await Troupe.RunInTerminalAsync("tty; exit 5\n", "run", "-it", "--rm", registry.Busybox, "sh");
        Assert.Contains("\n/dev/pts/0\r\n", run.Expect(5).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_reach_the_container()
    {
        var run = (await Troupe.RunAsync(
            "run", "--rm", "-e", "COLOUR=red", "-u", "65534:65534", "-w", "/tmp", "--hostname", "stage", "--entrypoint", "sh", "--read-only",
            "--memory", "64m", "--cpus", "0.5", "--pids-limit", "50", "--cap-drop", "ALL", "--network", "none", registry.Busybox,
            "-c", "echo $COLOUR; id -u; id -g; pwd; hostname; touch /x 2>/dev/null || echo read-only; grep CapBnd /proc/self/status; ls /sys/class/net"))
            .ExpectSuccess();
        Assert.Equal("red\n65534\n65534\n/tmp\nstage\nread-only\nCapBnd:\t0000000000000000\nlo\n", run.Output);
    }

    [Fact]
    public async Task The_life_of_a_detached_container()
    {
        var id = (await Troupe.RunAsync("run", "-d", "--name", "mine", "--label", "who=me", registry.Busybox, "sh", "-c", "echo up; trap 'exit 4' TERM; while :; do sleep 0.05; done"))
            .ExpectSuccess().Line;
        Assert.Matches("^[0-9a-f]{64}$", id);
        Assert.Equal(id[..12], (await Troupe.RunAsync("ps", "-q", "--filter", "label=who=me")).ExpectSuccess().Line);
        Assert.Contains("mine", (await Troupe.RunAsync("ps")).ExpectSuccess().Output, StringComparison.Ordinal);

        await Poll.UntilAsync("the log has its line", Command.Limit, async () => (await Troupe.RunAsync("logs", "mine")).ExpectSuccess().Output == "up\n");
        using (var inspected = JsonDocument.Parse((await Troupe.RunAsync("inspect", "mine")).ExpectSuccess().Output))
            Assert.Equal(id, inspected.RootElement[0].GetProperty("Id").GetString());

        await using var follow = Troupe.Start("logs", "-f", "mine");
        await using var wait = Troupe.Start("wait", "mine");
        Assert.Equal("mine", (await Troupe.RunAsync("stop", "mine")).ExpectSuccess().Line);
        Assert.Equal("4", (await wait.WaitAsync(Command.Limit)).ExpectSuccess().Line);
        (await follow.WaitAsync(Command.Limit)).ExpectSuccess();
        Assert.Equal("mine", (await Troupe.RunAsync("rm", "mine")).ExpectSuccess().Line);
        (await Troupe.RunAsync("inspect", "mine")).Expect(1);
    }

    [Fact]
    public async Task Signals_are_passed_on()
    {
        await using var run = Troupe.Start("run", "--rm", registry.Busybox, "sh", "-c", "trap 'echo got it; exit 8' TERM; echo ready; while :; do sleep 0.05; done");
        await Poll.UntilAsync("the trap is set", Command.Limit, () => run.Output == "ready\n");
        (await Command.RunAsync("/bin/kill", ["-TERM", $"{run.Pid}"])).ExpectSuccess();
        Assert.Equal("ready\ngot it\n", (await run.WaitAsync(Command.Limit)).Expect(8).Output);
    }

    [Fact]
    public async Task Events_with_an_end()
    {
        (await Troupe.RunAsync("run", "--rm", "--name", "told", registry.Busybox, "true")).ExpectSuccess();
        var until = DateTimeOffset.UtcNow.AddSeconds(1).ToUnixTimeSeconds();
        var events = (await Troupe.RunAsync("events", "--since", "0", "--until", $"{until}", "--filter", "container=told")).ExpectSuccess().Output;
        Assert.Matches(@"container create [0-9a-f]{64} \(.*name=told.*\)", events);
        Assert.Contains("container destroy", events, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run --name noisy")]
    [InlineData("logs -f noisy")]
    public async Task Output_that_nobody_reads_any_more_ends_the_client_and_not_the_container(string command)
    {
        if (command.StartsWith("logs", StringComparison.Ordinal)) (await Troupe.RunAsync("run", "-d", "--name", "noisy", registry.Busybox, "yes")).ExpectSuccess();
        var words = command.StartsWith("run", StringComparison.Ordinal) ? $"{command} {registry.Busybox} yes" : command;
        var count = await Command.RunAsync("/bin/sh", ["-c", $"{Programs.Troupe} --host {fixture.Node.Host} {words} | head -c 100000 | wc -c"]);
        Assert.Equal("100000", count.ExpectSuccess().Line);
        Assert.Equal("running", await fixture.Node.Docker.InspectAsync("noisy", "{{.State.Status}}"));
        (await Troupe.RunAsync("rm", "-f", "noisy")).ExpectSuccess();
    }

    [Fact]
    public async Task Nobody_listening_is_said_in_docker_s_words()
    {
        var run = (await Command.RunAsync(Programs.Troupe, ["ps"], new Dictionary<string, string?> { ["DOCKER_HOST"] = "unix:///no/such.sock" })).Expect(1);
        Assert.Contains("Cannot connect to the Docker daemon at unix:///no/such.sock", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Words at blanks; what stands in quotes is one word.</summary>
    private static string[] Words(string command)
    {
        var parts = command.Split('\'');
        var words = parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 1 ? words : [.. words, parts[1]];
    }
}
