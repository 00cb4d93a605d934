using System.Text.Json;
using Troupe.Specs.Image;

namespace Troupe.Specs.Tests.Image;

public class ImageJsonTests
{
    private static readonly string Zeros = "sha256:" + new string('0', 64);

    [Fact]
    public void Config_when_Docker_writes_it_then_read()
    {
        var json = """
            {"architecture":"amd64","os":"linux","created":"2024-09-26T21:31:42.123456789Z","docker_version":"20",
             "config":{"User":"","Env":["PATH=/bin"],"Cmd":["sh"],"ExposedPorts":{"80/tcp":{}},"Volumes":null,"Labels":null,
             "Healthcheck":{"Test":["CMD","x"],"Interval":1000000000}},
             "rootfs":{"type":"layers","diff_ids":["sha256:aaa"]},"history":[{"created_by":"x","empty_layer":true}],"unknown":1}
            """u8;
        var config = ImageConfig.Parse(json);
        Assert.Equal(["sh"], config.Config!.Cmd!);
        Assert.Contains("80/tcp", config.Config.ExposedPorts!.Keys);
        Assert.Equal(1_000_000_000, config.Config.Healthcheck!.Interval);
        Assert.Equal(2024, config.CreatedAt!.Value.Year);
        Assert.Throws<FormatException>(() => config.Rootfs.Digests());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"rootfs\":{\"type\":\"layers\",\"type\":\"x\"}}")]
    [InlineData("{\"rootfs\":7}")]
    public void Config_when_malformed_then_refused(string json) =>
        Assert.Throws<JsonException>(() => ImageConfig.Parse(System.Text.Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Manifest_when_a_digest_is_malformed_then_refused()
    {
        var json = "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"x\",\"digest\":\"sha256:zz\",\"size\":1},\"layers\":[]}";
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ImageJsonContext.Default.ImageManifest));
    }

    [Theory]
    [InlineData("linux", "linux", "")]
    [InlineData("amd64", "linux", "amd64")]
    [InlineData("linux/x86_64", "linux", "amd64")]
    [InlineData("linux/arm64", "linux", "arm64")]
    [InlineData("linux/arm/v6", "linux", "arm")]
    public void Platform_when_valid_then_parsed(string text, string os, string architecture)
    {
        var platform = Platform.Parse(text);
        Assert.Equal(os, platform.Os);
        if (architecture.Length > 0) Assert.Equal(architecture, platform.Architecture);
    }

    [Fact]
    public void PlatformChoice_when_variants_differ_then_the_best_that_runs()
    {
        Descriptor[] entries =
        [
            Entry("linux", "arm", "v5"), Entry("linux", "arm", "v6"), Entry("linux", "arm", "v7"), Entry("linux", "amd64", ""),
            Entry("windows", "amd64", ""), Entry("linux", "arm64", ""), Entry("linux", "amd64", ""),
        ];
        Assert.Same(entries[1], PlatformChoice.Choose(entries, Platform.Parse("linux/arm/v6")));
        Assert.Same(entries[2], PlatformChoice.Choose(entries, Platform.Parse("linux/arm")));
        Assert.Same(entries[3], PlatformChoice.Choose(entries, Platform.Parse("linux/amd64")));
        Assert.Same(entries[5], PlatformChoice.Choose(entries, Platform.Parse("linux/arm64/v8")));
        Assert.Null(PlatformChoice.Choose(entries, Platform.Parse("linux/s390x")));
    }

    [Fact]
    public void PlatformChoice_when_only_an_attestation_is_there_then_none()
    {
        var attestation = Entry("linux", "amd64", "") with
        {
            Annotations = new() { ["vnd.docker.reference.type"] = "attestation-manifest" },
        };
        Assert.Null(PlatformChoice.Choose([attestation], Platform.Parse("linux/amd64")));
    }

    private static Descriptor Entry(string os, string architecture, string variant) => new()
    {
        MediaType = MediaTypes.OciManifest, Digest = Digest.Parse(Zeros), Size = 1,
        Platform = new Platform { Os = os, Architecture = architecture, Variant = variant },
    };
}
