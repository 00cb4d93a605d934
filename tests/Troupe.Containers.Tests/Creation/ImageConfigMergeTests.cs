using System.Text;
using System.Text.Json;
using Troupe.Containers.Creation;
using Troupe.Containers.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;

namespace Troupe.Containers.Tests.Creation;

/// <summary>The user's wish over the image's configuration.</summary>
public sealed class ImageConfigMergeTests
{
    private const string Image = """
        {"rootfs":{"type":"layers","diff_ids":[]},"config":{"Entrypoint":["/entry"],"Cmd":["serve"],"User":"app","WorkingDir":"/srv",
         "Env":["PATH=/bin","A=image"],"Labels":{"a":"image","b":"image"},"StopSignal":"SIGINT","ExposedPorts":{"80/tcp":{}}}}
        """;

    private static ContainerSpec Merge(ContainerSpec wish, string image = Image)
    {
        var merged = ImageConfigMerge.Merge(Samples.Id, wish, Encoding.UTF8.GetBytes(image));
        Assert.True(merged.Failure is null, merged.Failure?.Message);
        return merged.Spec;
    }

    private static readonly ContainerSpec Bare = Samples.Spec with { Cmd = null };

    [Fact]
    public void Merge_when_the_user_says_nothing_then_everything_is_the_images()
    {
        var spec = Merge(Bare);
        Assert.Equal(["/entry"], spec.Entrypoint!);
        Assert.Equal(["serve"], spec.Cmd!);
        Assert.Equal(("app", "/srv", "SIGINT"), (spec.User, spec.WorkingDir, spec.StopSignal));
        Assert.Equal(["PATH=/bin", "A=image"], spec.Env);
        Assert.Equal(["80/tcp"], spec.ExposedPorts);
        Assert.Equal(Samples.Id.Short, spec.Hostname);
    }

    [Fact]
    public void Merge_when_the_user_speaks_then_the_user_wins_and_sets_are_united()
    {
        var spec = Merge(Bare with
        {
            User = "root", WorkingDir = "/", StopSignal = "SIGKILL", Env = ["A=mine", "B=mine"], Labels = new() { ["b"] = "mine", ["c"] = "mine" },
            ExposedPorts = ["80/tcp", "81/tcp"], Hostname = "stage",
        });
        Assert.Equal(("root", "/", "SIGKILL", "stage"), (spec.User, spec.WorkingDir, spec.StopSignal, spec.Hostname));
        Assert.Equal(["A=mine", "B=mine", "PATH=/bin"], spec.Env);
        Assert.Equal(["a=image", "b=mine", "c=mine"], spec.Labels.OrderBy(l => l.Key).Select(l => $"{l.Key}={l.Value}"));
        Assert.Equal(["80/tcp", "81/tcp"], spec.ExposedPorts);
    }

    [Fact]
    public void Merge_when_the_user_gives_a_command_then_the_entrypoint_stays()
    {
        var spec = Merge(Bare with { Cmd = ["mine"] });
        Assert.Equal(["/entry", "mine"], [.. spec.Entrypoint!, .. spec.Cmd!]);
    }

    [Fact]
    public void Merge_when_the_user_gives_an_entrypoint_then_the_images_command_is_dropped()
    {
        var spec = Merge(Bare with { Entrypoint = ["/mine"] });
        Assert.Equal(["/mine"], [.. spec.Entrypoint!, .. spec.Cmd ?? []]);
    }

    [Fact]
    public void Merge_when_the_entrypoint_is_taken_away_then_the_users_command_runs_alone()
    {
        var spec = Merge(Bare with { Entrypoint = [""], Cmd = ["mine"] });
        Assert.Equal(["mine"], [.. spec.Entrypoint!, .. spec.Cmd!]);
    }

    [Theory]
    [InlineData("""{"rootfs":{"type":"layers","diff_ids":[]},"config":{}}""")]
    [InlineData("""{"rootfs":{"type":"layers","diff_ids":[]}}""")]
    public void Merge_when_nobody_gives_a_command_then_dockers_words(string image) =>
        Assert.Equal(
            new CommandFailed(ErrorCode.InvalidArgument, "no command specified"),
            ImageConfigMerge.Merge(Samples.Id, Bare, Encoding.UTF8.GetBytes(image)).Failure);

    [Fact]
    public void Merge_when_done_twice_then_nothing_changes()
    {
        var wish = Bare with { Env = ["A=mine"], Labels = new() { ["b"] = "mine" }, Entrypoint = [""], Cmd = ["x"] };
        var once = Merge(wish);
        Assert.Equal(JsonSerializer.Serialize(once), JsonSerializer.Serialize(Merge(once)));
    }

    [Fact]
    public void Merge_when_the_network_is_the_hosts_then_no_name_is_invented() =>
        Assert.Equal("", Merge(Bare with { Host = Samples.Host with { NetworkMode = "host" } }).Hostname);

    [Fact]
    public void Merge_when_the_image_declares_volumes_then_a_warning_tells_where_the_data_is()
    {
        const string image = """{"rootfs":{"type":"layers","diff_ids":[]},"config":{"Cmd":["x"],"Volumes":{"/data":{}}}}""";
        var merged = ImageConfigMerge.Merge(Samples.Id, Bare, Encoding.UTF8.GetBytes(image));
        Assert.Null(merged.Failure);
        Assert.Contains("/data", Assert.Single(merged.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"config":{"Env":"A=b"}}""")]
    public void Merge_when_the_configuration_is_no_configuration_then_a_json_exception(string image) =>
        Assert.ThrowsAny<JsonException>(() => ImageConfigMerge.Merge(Samples.Id, Bare, Encoding.UTF8.GetBytes(image)));
}
