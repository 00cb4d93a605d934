using Troupe.Api;
using Troupe.Api.Containers;
using Troupe.Api.Images;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Commands;
using Troupe.Cli.Output;

namespace Troupe.Cli.Tests;

public class OutputTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(999, "999B")]
    [InlineData(72_800, "72.8kB")]
    [InlineData(4_261_550, "4.26MB")]
    [InlineData(118_000_000, "118MB")]
    [InlineData(2_500_000_000, "2.5GB")]
    public void Size_in_docker_s_units(long bytes, string expected) => Assert.Equal(expected, Human.Size(bytes));

    [Theory]
    [InlineData(0.2, "Less than a second")]
    [InlineData(1, "1 second")]
    [InlineData(59, "59 seconds")]
    [InlineData(61, "About a minute")]
    [InlineData(600, "10 minutes")]
    [InlineData(3600, "About an hour")]
    [InlineData(3 * 3600, "3 hours")]
    [InlineData(3 * 86400, "3 days")]
    [InlineData(21 * 86400, "3 weeks")]
    [InlineData(100 * 86400, "3 months")]
    [InlineData(800 * 86400, "2 years")]
    public void Duration_in_docker_s_words(double seconds, string expected) => Assert.Equal(expected, Human.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("1024", true, 1024)]
    [InlineData("64m", true, 64 << 20)]
    [InlineData("64MB", true, 64 << 20)]
    [InlineData("1GiB", true, 1 << 30)]
    [InlineData("0.5k", true, 512)]
    [InlineData("-1", false, 0)]
    [InlineData("", false, 0)]
    [InlineData("m", false, 0)]
    [InlineData("1x", false, 0)]
    public void Memory_sizes(string text, bool isValid, long expected)
    {
        Assert.Equal(isValid, Human.TryParseBytes(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Fact]
    public void Columns_are_as_wide_as_their_widest_word() =>
        Assert.Equal("A       LAST\nlong1   x\nb       y z\n", Columns.Format(["A", "LAST"], [["long1", "x"], ["b", "y z"]]));

    [Fact]
    public void A_row_of_ps()
    {
        var container = new ContainerSummary
        {
            Id = new string('a', 64),
            Image = "busybox",
            Command = "sh -c 'a long command line'",
            Created = Now.ToUnixTimeSeconds() - 120,
            Status = "Up 2 minutes",
            Names = ["/one"],
            Ports = [new PortSummary { PrivatePort = 80, Type = "tcp" }, new PortSummary { Ip = "0.0.0.0", PublicPort = 8080, PrivatePort = 80, Type = "tcp" }],
        };
        Assert.Equal(
            [new string('a', 12), "busybox", "\"sh -c 'a long comma…\"", "2 minutes ago", "Up 2 minutes", "80/tcp, 0.0.0.0:8080->80/tcp", "one"],
            PsCommand.Row(container, isWhole: false, Now));
    }

    [Theory]
    [InlineData(new[] { "127.0.0.1:5000/busybox:1.35" }, new string[0], "127.0.0.1:5000/busybox", "1.35")]
    [InlineData(new[] { "busybox:latest" }, new string[0], "busybox", "latest")]
    [InlineData(new string[0], new[] { "busybox@sha256:1" }, "busybox", "<none>")]
    [InlineData(new string[0], new string[0], "<none>", "<none>")]
    public void A_row_of_images(string[] tags, string[] digests, string repository, string tag)
    {
        var image = new ImageSummary { Id = "sha256:" + new string('b', 64), RepoTags = tags, RepoDigests = digests, Created = Now.ToUnixTimeSeconds() };
        Assert.Equal([repository, tag, new string('b', 12), "Less than a second ago", "0B"], Assert.Single(ImagesCommand.Rows(image, isWhole: false, Now)));
    }

    [Fact]
    public void An_event_is_one_line_with_sorted_attributes()
    {
        var message = new EventMessage
        {
            Type = "container",
            Action = "start",
            TimeNano = 1_700_000_000_123_456_789,
            Actor = new EventActor { Id = "abc", Attributes = new() { ["name"] = "n", ["image"] = "i" } },
        };
        Assert.EndsWith(".123456789Z container start abc (image=i, name=n)", EventsCommand.Text(message), StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_are_grouped_by_name()
    {
        Assert.Equal("{\"label\":{\"a=b\":true,\"c\":true},\"name\":{\"x\":true}}", Uri.UnescapeDataString(Words.Filters(["label=a=b", "name=x", "label=c", "name=x"])));
        Assert.Equal("", Words.Filters([]));
        Assert.Throws<CliException>(() => Words.Filters(["nonsense"]));
    }

    [Theory]
    [InlineData("1700000000", "1700000000")]
    [InlineData("1700000000.5", "1700000000.5")]
    [InlineData("10m", "1795521000.000000000")]
    [InlineData("1h30m", "1795516200.000000000")]
    [InlineData("2026-11-24T11:59:58.25Z", "1795521598.250000000")]
    public void Times_as_docker_takes_them(string text, string expected) => Assert.Equal(expected, Timestamps.ToUnix(text, Now));

    [Theory]
    [InlineData("yesterday")]
    [InlineData("5 parsecs")]
    [InlineData("m")]
    public void A_time_that_is_none(string text) => Assert.Throws<CliException>(() => Timestamps.ToUnix(text, Now));

    [Theory]
    [InlineData("exec: \"x\": executable file not found in $PATH: unknown", 127)]
    [InlineData("exec /x: no such file or directory", 127)]
    [InlineData("exec: \"/x\": permission denied: unknown", 126)]
    [InlineData("exec: \"/\": is a directory: unknown", 126)]
    [InlineData("No such image", 125)]
    public void Exit_codes_of_a_failed_run(string reason, int code) => Assert.Equal(code, ExitCodes.OfFailedRun(new Cli.EngineException(400, reason)));
}
