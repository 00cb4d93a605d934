using System.Text.Json;
using Troupe.Gateway.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Contract.Tests;

/// <summary>The stock docker client against the gateway, with a node in memory behind it.</summary>
public sealed class StockCliTests
{
    private const string NoCli = "the docker client is not on PATH";

    public StockCliTests() => Assert.SkipUnless(DockerCli.IsThere, NoCli);

    [Fact]
    public async Task Version_when_asked_then_the_newest_common_api_version()
    {
        await using var gateway = await TestGateway.StartAsync();
        var result = await DockerCli.RunAsync(gateway, "version", "--format", "{{json .Server}}");
        Assert.True(result.Code == 0, result.ToString());
        using var server = JsonDocument.Parse(result.Output);
        Assert.Equal("0.1.0", server.RootElement.GetProperty("Version").GetString());
        Assert.Equal("1.51", server.RootElement.GetProperty("ApiVersion").GetString());
        Assert.Equal("1.24", server.RootElement.GetProperty("MinAPIVersion").GetString());
        Assert.Equal("linux", server.RootElement.GetProperty("Os").GetString());
    }

    [Fact]
    public async Task Info_when_asked_then_the_node()
    {
        await using var gateway = await TestGateway.StartAsync();
        var result = await DockerCli.RunAsync(gateway, "info");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("Server Version: 0.1.0", result.Output, StringComparison.Ordinal);
        Assert.Contains("Storage Driver: overlay2", result.Output, StringComparison.Ordinal);
        Assert.Contains("Docker Root Dir: /var/lib/troupe", result.Output, StringComparison.Ordinal);
        Assert.Contains("Images: 1", result.Output, StringComparison.Ordinal);
        Assert.Contains("seccomp", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_when_in_the_foreground_then_output_and_exit_code_are_the_container_s()
    {
        await using var gateway = await TestGateway.StartAsync();
        var echo = await DockerCli.RunAsync(gateway, "run", "--rm", "busybox", "echo", "hi");
        Assert.Equal((0, "hi\n", ""), (echo.Code, echo.Output, echo.Error));
        Assert.Empty(gateway.Node.Containers);
        var both = await DockerCli.RunAsync(gateway, "run", "busybox", "both");
        Assert.Equal((7, "to stdout\n", "to stderr\n"), (both.Code, both.Output, both.Error));
    }

    [Fact]
    public async Task Run_when_input_is_piped_then_it_reaches_the_container_and_its_end_too()
    {
        await using var gateway = await TestGateway.StartAsync();
        var input = string.Join('\n', Enumerable.Range(0, 50_000));
        var cat = await DockerCli.RunAsync(gateway, input, ["run", "-i", "--rm", "busybox", "cat"]);
        Assert.Equal(0, cat.Code);
        Assert.Equal(input, cat.Output);
    }

    [Fact]
    public async Task Run_when_options_are_given_then_the_engine_gets_them()
    {
        await using var gateway = await TestGateway.StartAsync();
        var result = await DockerCli.RunAsync(
            gateway, "create", "--name", "c1", "-e", "A=1", "-w", "/tmp", "-u", "1000", "--hostname", "h", "--memory", "64m", "--cpus", "1.5", "--pids-limit", "50",
            "--read-only", "--cap-add", "NET_ADMIN", "--cap-drop", "ALL", "--entrypoint", "/bin/sh", "--network", "none", "--label", "x=y", "--ulimit", "nofile=10:20",
            "--tmpfs", "/t:size=1m", "--dns", "1.1.1.1", "--add-host", "a:1.2.3.4", "--stop-signal", "INT", "--stop-timeout", "3", "busybox", "-c", "id");
        Assert.True(result.Code == 0, result.ToString());
        var spec = gateway.Node.Container("c1").View.Spec;
        Assert.Equal(["A=1"], spec.Env);
        Assert.Equal(("/tmp", "1000", "h", "INT", 3), (spec.WorkingDir, spec.User, spec.Hostname, spec.StopSignal, spec.StopTimeoutSeconds));
        Assert.Equal(["/bin/sh"], spec.Entrypoint!);
        Assert.Equal(["-c", "id"], spec.Cmd!);
        Assert.Equal((64L << 20, 1_500_000_000L, 50L, true, "none"), (spec.Host.MemoryBytes, spec.Host.NanoCpus, spec.Host.PidsLimit, spec.Host.ReadonlyRootfs, spec.Host.NetworkMode));
        Assert.Equal(["CAP_NET_ADMIN"], spec.Host.CapAdd);
        Assert.Equal(["ALL"], spec.Host.CapDrop);
        Assert.Equal(["nofile=10:20"], spec.Host.Ulimits);
        Assert.Equal("size=1m", spec.Host.Tmpfs["/t"]);
        Assert.Equal(["1.1.1.1"], spec.Host.Dns);
        Assert.Equal(["a:1.2.3.4"], spec.Host.ExtraHosts);
        Assert.Equal("y", spec.Labels["x"]);
    }

    [Theory]
    [InlineData("-p", "8080:80", "HostConfig.PortBindings")]
    [InlineData("-v", "/a:/b", "HostConfig.Binds")]
    [InlineData("--mount", "type=tmpfs,dst=/x", "HostConfig.Mounts")]
    [InlineData("--restart", "always", "HostConfig.RestartPolicy")]
    [InlineData("--device", "/dev/null", "HostConfig.Devices")]
    [InlineData("--link", "other", "HostConfig.Links")]
    [InlineData("--health-cmd", "true", "Healthcheck")]
    [InlineData("-v", "/anonymous", "Volumes")]
    [InlineData("--ip", "1.2.3.4", "IPAMConfig")]
    public async Task Create_when_an_option_is_not_built_yet_then_it_is_refused_by_name(string option, string value, string named)
    {
        await using var gateway = await TestGateway.StartAsync();
        var result = await DockerCli.RunAsync(gateway, "create", option, value, "busybox");
        Assert.Equal(1, result.Code);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Contains("is not built yet", result.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Node.Containers);
    }

    [Fact]
    public async Task Run_when_the_image_is_missing_then_the_client_pulls_it_and_shows_the_progress()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Node.Images.Clear();
        gateway.Node.Pull = _ => PullAsync(gateway.Node);
        var result = await DockerCli.RunAsync(gateway, "run", "--rm", "busybox", "echo", "pulled");
        Assert.Equal((0, "pulled\n"), (result.Code, result.Output));
        Assert.Contains("Unable to find image 'busybox:latest' locally", result.Error, StringComparison.Ordinal);
        Assert.Contains("latest: Pulling from library/busybox", result.Error, StringComparison.Ordinal);
        Assert.Contains("abcdefabcdef: Pull complete", result.Error, StringComparison.Ordinal);
        Assert.Contains("Status: Downloaded newer image for busybox:latest", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_when_it_breaks_then_the_client_says_why()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Node.Override = m => m is PullImage ? new CommandFailed(ErrorCode.NotFound, "manifest for busybox:9 not found: manifest unknown") : null;
        var result = await DockerCli.RunAsync(gateway, "pull", "busybox:9");
        Assert.Equal(1, result.Code);
        Assert.Equal("Error response from daemon: manifest for busybox:9 not found: manifest unknown\n", result.Error);
    }

    [Fact]
    public async Task Ps_and_inspect_when_a_container_runs_then_the_client_shows_it()
    {
        await using var gateway = await TestGateway.StartAsync();
        var run = await DockerCli.RunAsync(gateway, "run", "-d", "--name", "w1", "busybox", "sleep", "1000");
        Assert.True(run.Code == 0, run.ToString());
        var id = run.Output.Trim();
        var ps = await DockerCli.RunAsync(gateway, "ps", "--no-trunc", "--format", "{{.ID}} {{.Image}} {{.Command}} {{.Names}} {{.Networks}} {{.State}}");
        Assert.Equal($"{id} busybox \"sleep 1000\" w1 bridge running\n", ps.Output);
        var status = await DockerCli.RunAsync(gateway, "ps", "--format", "{{.Status}}");
        Assert.StartsWith("Up ", status.Output, StringComparison.Ordinal);
        Assert.Equal("", (await DockerCli.RunAsync(gateway, "ps", "-q", "--filter", "status=exited")).Output);
        Assert.Equal(id[..12] + "\n", (await DockerCli.RunAsync(gateway, "ps", "-q", "--filter", "name=w1", "--filter", "ancestor=busybox")).Output);
        var inspect = await DockerCli.RunAsync(gateway, "inspect", "w1", "--format", "{{.Name}} {{.State.Status}} {{.State.Pid}} {{.NetworkSettings.Networks.bridge.IPAddress}} {{.HostConfig.NetworkMode}} {{.Config.Image}}");
        Assert.Equal("/w1 running 4242 172.17.0.2 bridge busybox\n", inspect.Output);
        var network = await DockerCli.RunAsync(gateway, "inspect", "bridge", "--format", "{{.Driver}} {{range .Containers}}{{.Name}}{{end}}");
        Assert.Equal("bridge w1\n", network.Output);
        var missing = await DockerCli.RunAsync(gateway, "inspect", "nosuch");
        Assert.Contains("No such object: nosuch", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Life_when_stopped_waited_for_and_removed_then_the_client_agrees()
    {
        await using var gateway = await TestGateway.StartAsync();
        await DockerCli.RunAsync(gateway, "run", "-d", "--name", "w1", "busybox", "sleep", "1000");
        var refused = await DockerCli.RunAsync(gateway, "rm", "w1");
        Assert.Contains("container is running", refused.Error, StringComparison.Ordinal);
        var waiting = DockerCli.RunAsync(gateway, "wait", "w1");
        await Eventually.TrueAsync(() => gateway.Node.Waiters == 1, "waiting");
        Assert.Equal((0, "w1\n"), await CodeAndOutput(DockerCli.RunAsync(gateway, "stop", "-t", "1", "w1")));
        Assert.Equal((0, "143\n"), await CodeAndOutput(waiting));
        Assert.Equal((0, "w1\n"), await CodeAndOutput(DockerCli.RunAsync(gateway, "stop", "w1")));
        var kill = await DockerCli.RunAsync(gateway, "kill", "w1");
        Assert.Contains("is not running", kill.Error, StringComparison.Ordinal);
        var exited = await DockerCli.RunAsync(gateway, "ps", "-a", "--format", "{{.Status}}");
        Assert.StartsWith("Exited (143) ", exited.Output, StringComparison.Ordinal);
        Assert.Equal((0, "w1\n"), await CodeAndOutput(DockerCli.RunAsync(gateway, "rm", "w1")));
        Assert.Equal((0, ""), await CodeAndOutput(DockerCli.RunAsync(gateway, "ps", "-aq")));
    }

    [Fact]
    public async Task Logs_when_followed_then_old_and_new_lines_on_their_streams_until_the_end()
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = gateway.Node.Add(FakeImages.View(ContainerId.New(), "w1", TestSpecs.Spec("x"), FakeImages.Busybox.Id, ContainerStatus.Running));
        container.Write(Specs.Streams.StdStream.Stdout, "old\n"u8.ToArray());
        var following = DockerCli.RunAsync(gateway, "logs", "-f", "w1");
        await Eventually.TrueAsync(() => container.AttachedCount == 1, "following");
        container.Write(Specs.Streams.StdStream.Stderr, "new\n"u8.ToArray());
        container.End(0);
        var result = await following;
        Assert.Equal((0, "old\n", "new\n"), (result.Code, result.Output, result.Error));
        Assert.Equal("1970-01-01T00:00:01.500000000Z old\n", (await DockerCli.RunAsync(gateway, "logs", "-t", "w1")).Output);
    }

    [Fact]
    public async Task Events_when_a_container_lives_then_the_client_tells()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var events = DockerCli.Start(gateway, "events", "--format", "{{.Type}} {{.Action}} {{.Actor.Attributes.name}}");
        await Eventually.TrueAsync(() => gateway.Node.EventReaders == 1, "listening");
        await DockerCli.RunAsync(gateway, "run", "--name", "w1", "busybox", "echo", "x");
        string[] lines = [await LineAsync(events), await LineAsync(events), await LineAsync(events)];
        Assert.Equal(["container create w1", "container start w1", "container die w1"], lines);
        events.Kill();
        await Eventually.TrueAsync(() => gateway.Node.EventReaders == 0, "the vanished client is noticed");
    }

    [Fact]
    public async Task Images_when_listed_and_removed_then_the_client_agrees()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Node.Images.Add(FakeImages.Image("reg:5000/a/b:1", 'c'));
        var all = await DockerCli.RunAsync(gateway, "images", "--no-trunc", "--format", "{{.Repository}} {{.Tag}} {{.ID}} {{.Size}}");
        Assert.Contains($"busybox latest {FakeImages.Busybox.Id} 4.26MB\n", all.Output, StringComparison.Ordinal);
        Assert.Equal("reg:5000/a/b\n", (await DockerCli.RunAsync(gateway, "images", "--format", "{{.Repository}}", "--filter", "reference=reg:5000/a/*")).Output);
        Assert.Equal("amd64 [PATH=/bin]\n", (await DockerCli.RunAsync(gateway, "image", "inspect", "reg:5000/a/b:1", "--format", "{{.Architecture}} {{.Config.Env}}")).Output);
        var removed = await DockerCli.RunAsync(gateway, "rmi", "reg:5000/a/b:1");
        Assert.StartsWith("Untagged: reg:5000/a/b:1\nDeleted: sha256:cccc", removed.Output, StringComparison.Ordinal);
        var missing = await DockerCli.RunAsync(gateway, "rmi", "nosuch");
        Assert.Equal("Error response from daemon: No such image: nosuch:latest\n", missing.Error);
    }

    [Theory]
    [InlineData("1.24")]
    [InlineData("1.41")]
    [InlineData("1.44")]
    public async Task Run_when_the_client_speaks_an_older_version_then_it_works_as_well(string version)
    {
        await using var gateway = await TestGateway.StartAsync();
        // Before 1.30 the client learns of the end from the events, and asks for them beside the start: the container must not end before that.
        if (version == "1.24") gateway.Node.Program = container => RunWhenWatchedAsync(gateway.Node, container);
        var both = await DockerCli.RunAsync(gateway, input: null, ["run", "busybox", "both"], version);
        Assert.Equal((7, "to stdout\n", "to stderr\n"), (both.Code, both.Output, both.Error));
        Assert.Equal("busybox\n", (await DockerCli.RunAsync(gateway, input: null, ["images", "--format", "{{.Repository}}"], version)).Output);
    }

    private static async Task<int> RunWhenWatchedAsync(FakeNode node, FakeContainer container)
    {
        await Eventually.TrueAsync(() => node.EventReaders == 1, "the client listens to events");
        return await Programs.Run(container);
    }

    private static async Task<(int Code, string Output)> CodeAndOutput(Task<CliResult> run) => await run is var result ? (result.Code, result.Output) : default;

    private static async Task<string> LineAsync(System.Diagnostics.Process process) =>
        await process.StandardOutput.ReadLineAsync().WaitAsync(RawConnection.Deadline) ?? "(end)";

    private static async IAsyncEnumerable<object> PullAsync(FakeNode node)
    {
        yield return new PullProgress("latest", "Pulling from library/busybox", 0, 0);
        yield return new PullProgress("abcdefabcdef", "Pulling fs layer", 0, 0);
        await Task.Yield();
        yield return new PullProgress("abcdefabcdef", "Downloading", 500, 1000);
        yield return new PullProgress("abcdefabcdef", "Pull complete", 0, 0);
        node.Images.Add(FakeImages.Busybox);
        yield return new PullProgress("", "Digest: " + FakeImages.Busybox.ManifestDigest, 0, 0);
        yield return new PullProgress("", "Status: Downloaded newer image for busybox:latest", 0, 0);
        yield return new PullCompleted("docker.io/library/busybox:latest", FakeImages.Busybox.Id, FakeImages.Busybox.ManifestDigest, true);
    }
}
