using System.CommandLine;
using Troupe.Api.Containers;
using Troupe.Cli.CommandLine;

namespace Troupe.Cli.Tests;

public class ContainerOptionsTests
{
    [Fact]
    public void Every_option_finds_its_place_in_the_request()
    {
        var request = Request(
            "-i", "-t", "--rm", "-e", "A=b", "-e", "C=d=e", "-w", "/w", "-u", "1:2", "--network", "none", "--entrypoint", "sh", "-h", "stage", "-m", "64m",
            "--cpus", "1.5", "--pids-limit", "9", "--read-only", "--cap-add", "NET_ADMIN", "--cap-drop", "ALL", "--label", "k=v", "-l", "bare",
            "--stop-signal", "USR1", "--stop-timeout", "3", "--", "image", "-c", "x");
        Assert.Equal("image", request.Image);
        Assert.Equal(["-c", "x"], request.Cmd!);
        Assert.Equal(["sh"], request.Entrypoint!);
        Assert.Equal(["A=b", "C=d=e"], request.Env!);
        Assert.Equal(("/w", "1:2", "stage", "USR1", 3), (request.WorkingDir, request.User, request.Hostname, request.StopSignal, request.StopTimeout));
        Assert.Equal(("v", ""), (request.Labels!["k"], request.Labels["bare"]));
        Assert.True(request is { Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true });
        var host = request.HostConfig!;
        Assert.True(host is { AutoRemove: true, ReadonlyRootfs: true, NetworkMode: "none", Memory: 64L << 20, NanoCpus: 1_500_000_000, PidsLimit: 9 });
        Assert.Equal(["NET_ADMIN"], host.CapAdd!);
        Assert.Equal(["ALL"], host.CapDrop!);
    }

    [Fact]
    public void Nothing_asked_for_means_the_image_s_own_defaults()
    {
        var request = Request("--", "image");
        Assert.True(request is { Cmd: null, Entrypoint: null, Env: null, Tty: false, AttachStdin: false, AttachStdout: true });
        Assert.True(request.HostConfig is { NetworkMode: "default", CapAdd: null, Memory: 0, PidsLimit: null });
    }

    [Theory]
    [InlineData("--memory", "lots", "invalid argument \"lots\" for \"--memory\" flag: invalid size: 'lots'")]
    [InlineData("--cpus", "some", "invalid argument \"some\" for \"--cpus\" flag: failed to parse as a rational number")]
    public void A_value_that_can_t_be_read_is_a_usage_error(string option, string value, string text)
    {
        var error = Assert.Throws<CliException>(() => Request(option, value, "--", "image"));
        Assert.Equal((text, 125), (error.Message, error.ExitCode));
    }

    [Fact]
    public void A_variable_without_a_value_takes_ours_or_is_left_out()
    {
        Environment.SetEnvironmentVariable("TROUPE_TEST_SET", "here");
        Assert.Equal(["TROUPE_TEST_SET=here"], Request("-e", "TROUPE_TEST_SET", "-e", "TROUPE_TEST_UNSET", "--", "image").Env!);
    }

    private static ContainerCreateRequest Request(params string[] words)
    {
        var command = new Command("run");
        var options = new ContainerOptions();
        options.AddTo(command);
        var parsed = command.Parse(words);
        Assert.Empty(parsed.Errors);
        return options.ToRequest(parsed, isAttached: true);
    }
}
