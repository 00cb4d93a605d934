using System.Net;
using System.Net.Sockets;
using System.Text;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Tests;

/// <summary>What a registry, a network, an image or a disk can do wrong: a clear error in Docker's words, and nothing left half made.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly TestRegistry _registry = new();

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task Pull_when_the_tag_is_unknown_then_manifest_unknown()
    {
        await using var images = new ImagesHarness();
        var failed = await FailAsync(images, "/no:such");
        Assert.Equal(
            (ErrorCode.NotFound, $"manifest for {_registry.Host}/no:such not found: manifest unknown: manifest unknown"), (failed.Code, failed.Message));
    }

    [Theory]
    [InlineData("DENIED", 401, "requested access to the resource is denied", ErrorCode.NotFound,
        "pull access denied for {0}/a, repository does not exist or may require 'docker login': denied: requested access to the resource is denied")]
    [InlineData("UNAUTHORIZED", 401, "authentication required", ErrorCode.Unauthenticated, "unauthorized: authentication required")]
    [InlineData("NAME_UNKNOWN", 404, "repository name not known to registry", ErrorCode.NotFound,
        "repository {0}/a not found: name unknown: repository name not known to registry")]
    [InlineData("TOOMANYREQUESTS", 429, "You have reached your pull rate limit.", ErrorCode.ResourceExhausted,
        "toomanyrequests: You have reached your pull rate limit.")]
    public async Task Pull_when_the_registry_refuses_then_Dockers_text(string code, int status, string message, ErrorCode expected, string text)
    {
        await using var images = new ImagesHarness();
        _registry.Intercept = _ => TestAnswer.Json(status, $$"""{"errors":[{"code":"{{code}}","message":"{{message}}"}]}""");
        var failed = await FailAsync(images, "/a");
        Assert.Equal((expected, string.Format(null, text, _registry.Host)), (failed.Code, failed.Message));
    }

    [Fact]
    public async Task Pull_when_the_registry_is_broken_then_it_is_tried_again_and_told()
    {
        await using var images = new ImagesHarness();
        _registry.Intercept = _ => new TestAnswer(500, "text/html", "oops"u8.ToArray());
        var failed = await FailAsync(images, "/a");
        Assert.Contains("500 Internal Server Error", failed.Message);
        Assert.Equal(3, _registry.CountOf("GET", "/manifests/latest"));
    }

    [Fact]
    public async Task Pull_when_429_says_when_to_come_back_then_it_comes_back()
    {
        await using var images = new ImagesHarness();
        var image = Add("a");
        var refused = 0;
        _registry.Intercept = r => r.Path.Contains("/blobs/", StringComparison.Ordinal) && refused++ < 2
            ? TestAnswer.Json(429, """{"errors":[{"code":"TOOMANYREQUESTS","message":"slow"}]}""").With("Retry-After", "0")
            : null;
        Assert.IsType<PullCompleted>((await images.PullAsync(_registry.Host + "/a")).Result);
        Assert.Equal(image.ImageId, (await images.ResolveAsync(_registry.Host + "/a")).Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pull_when_a_layer_is_cut_off_then_it_is_resumed_where_it_was(bool inOnePull)
    {
        await using var images = new ImagesHarness(ImagesHarness.DefaultSettings() with { AttemptsMax = inOnePull ? 5 : 1 });
        var image = Add("a", random: 300_000);
        var blob = image.LayerBlobs[0].ToString();
        var cuts = 0;
        _registry.Intercept = r => r.Path.EndsWith(blob, StringComparison.Ordinal) && cuts++ < 1
            ? new TestAnswer(200, "x", image.Blobs[blob]) { CutAfter = 150_000 }
            : null;
        var (_, result) = await images.PullAsync(_registry.Host + "/a");
        if (!inOnePull)
        {
            Assert.Equal("unexpected EOF", Assert.IsType<CommandFailed>(result).Message);
            Assert.Equal((2, 0, 1), images.Count());
            (_, result) = await images.PullAsync(_registry.Host + "/a");
        }

        Assert.IsType<PullCompleted>(result);
        Assert.Equal((3, 1, 0), images.Count());
        var ranges = _registry.Requests.Where(r => r.Path.EndsWith(blob, StringComparison.Ordinal)).Select(r => r.Headers.GetValueOrDefault("range"));
        Assert.Equal([null, "bytes=150000-"], ranges);
    }

    [Fact]
    public async Task Pull_when_a_registry_does_not_resume_then_it_begins_again()
    {
        await using var images = new ImagesHarness();
        var image = Add("a", random: 300_000);
        var blob = image.LayerBlobs[0].ToString();
        var tries = 0;
        _registry.Intercept = r => r.Path.EndsWith(blob, StringComparison.Ordinal)
            ? new TestAnswer(200, "x", image.Blobs[blob]) { CutAfter = tries++ == 0 ? 150_000 : null }
            : null;
        Assert.IsType<PullCompleted>((await images.PullAsync(_registry.Host + "/a")).Result);
        Assert.Equal((3, 1, 0), images.Count());
    }

    [Fact]
    public async Task Pull_when_a_layer_has_other_bytes_then_refused_and_nothing_is_left()
    {
        await using var images = new ImagesHarness();
        var image = Add("a", random: 50_000);
        var blob = image.LayerBlobs[0].ToString();
        var wrong = (byte[])image.Blobs[blob].Clone();
        wrong[^20] ^= 1;
        _registry.Blobs[blob] = wrong;
        var failed = await FailAsync(images, "/a");
        Assert.Equal("filesystem layer verification failed for digest " + blob, failed.Message);
        await AssertNothingLeftAsync(images);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pull_when_a_layer_is_longer_or_shorter_than_its_descriptor_then_refused(bool longer)
    {
        await using var images = new ImagesHarness(ImagesHarness.DefaultSettings() with { AttemptsMax = 1 });
        var image = Add("a", random: 50_000);
        var blob = image.LayerBlobs[0].ToString();
        _registry.Blobs[blob] = longer ? [.. image.Blobs[blob], 1, 2, 3] : image.Blobs[blob][..^10];
        var failed = await FailAsync(images, "/a");
        if (longer) Assert.Contains("longer than its descriptor", failed.Message);
        else Assert.Equal("unexpected EOF", failed.Message);
        Assert.Equal(0, images.Count().Layers);
    }

    [Fact]
    public async Task Pull_when_a_diff_id_is_another_then_refused_and_no_layer_shows()
    {
        await using var images = new ImagesHarness();
        var tar = new LayerBuilder().File("a").Build();
        var other = new LayerBuilder().File("b").Build();
        // The configuration speaks of one tar, the blob holds another.
        var image = TestImage.Of([tar], compress: _ => TestImage.Gzip(other));
        _registry.Add(image, "a", "latest");
        var failed = await FailAsync(images, "/a");
        Assert.Contains("don't match image configuration", failed.Message);
        await AssertNothingLeftAsync(images, blobs: 3);
    }

    [Fact]
    public async Task Pull_when_manifest_or_configuration_have_other_bytes_then_refused()
    {
        await using var images = new ImagesHarness();
        var image = Add("a");
        _registry.Blobs[image.ImageId.ToString()] = [.. image.Blobs[image.ImageId.ToString()][..^1], (byte)' '];
        Assert.Equal("image config verification failed for digest " + image.ImageId, (await FailAsync(images, "/a")).Message);
        _registry.Manifests["a@" + image.TopDigest] = (image.TopType, "{}"u8.ToArray());
        Assert.Equal("manifest verification failed for digest " + image.TopDigest, (await FailAsync(images, "/a")).Message);
        await AssertNothingLeftAsync(images);
    }

    [Fact]
    public async Task Pull_when_the_registry_says_nothing_then_it_is_given_up()
    {
        await using var images = new ImagesHarness(ImagesHarness.DefaultSettings() with { TimeoutStall = TimeSpan.FromMilliseconds(200), AttemptsMax = 2 });
        var image = Add("a", random: 100_000);
        _registry.Intercept = _ => new TestAnswer(200, "x", []) { IsSilent = true };
        Assert.Equal(ErrorCode.Unavailable, (await FailAsync(images, "/a")).Code);

        _registry.Intercept = r => r.Path.Contains("/blobs/" + image.LayerBlobs[0], StringComparison.Ordinal)
            ? new TestAnswer(200, "x", image.Blobs[image.LayerBlobs[0].ToString()]) { StallAfter = 10_000 } : null;
        var failed = await FailAsync(images, "/a");
        Assert.Contains("sent nothing", failed.Message);
        Assert.Equal(0, images.Count().Layers);
    }

    [Fact]
    public async Task Pull_when_nothing_listens_then_Dockers_text()
    {
        await using var images = new ImagesHarness();
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var host = listener.LocalEndpoint.ToString();
        listener.Stop();
        var (_, result) = await images.PullAsync(host + "/a");
        var failed = Assert.IsType<CommandFailed>(result);
        Assert.Equal((ErrorCode.Unavailable, $"Get \"http://{host}/v2/\": dial tcp {host}: connect: connection refused"), (failed.Code, failed.Message));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"schemaVersion":2,"manifests":[null],"mediaType":"application/vnd.oci.image.index.v1+json"}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"layers":[null]}""")]
    [InlineData("""{"schemaVersion":1}""")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:1","size":1},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"schemaVersion":2,"layers":[]}""")]
    public async Task Pull_when_the_manifest_is_malformed_then_refused(string manifest)
    {
        await using var images = new ImagesHarness();
        var image = new TestImage();
        image.SetTop(MediaTypes.OciManifest, Encoding.UTF8.GetBytes(manifest));
        _registry.Add(image, "a", "latest");
        Assert.Matches("malformed image|no matching manifest", (await FailAsync(images, "/a")).Message);
        await AssertNothingLeftAsync(images);
    }

    [Fact]
    public async Task Pull_when_the_manifest_is_too_large_then_refused()
    {
        await using var images = new ImagesHarness();
        var image = new TestImage();
        image.SetTop(MediaTypes.OciManifest, new byte[Limits.ManifestBytesMax + 1]);
        _registry.Add(image, "a", "latest");
        Assert.Contains("larger than", (await FailAsync(images, "/a")).Message);
        // A registry that lies about the length in its HEAD.
        _registry.Intercept = r => r.Method == "HEAD" ? new TestAnswer(200, MediaTypes.OciManifest, new byte[10]).With("Docker-Content-Digest", image.TopDigest.ToString()) : null;
        Assert.Contains("larger than", (await FailAsync(images, "/a")).Message);
    }

    [Fact]
    public async Task Pull_when_a_layer_unpacks_to_more_than_is_allowed_then_refused_and_nothing_is_left()
    {
        await using var images = new ImagesHarness(ImagesHarness.DefaultSettings() with { LayerBytesMax = 1 << 20 });
        var image = TestImage.Of([new LayerBuilder().File("bomb", new byte[50 << 20]).Build()]);
        _registry.Add(image, "a", "latest");
        var failed = await FailAsync(images, "/a");
        Assert.Equal((ErrorCode.ResourceExhausted, "failed to register layer: it unpacks to more than 1048576 bytes"), (failed.Code, failed.Message));
        await Wait.UntilAsync(() => images.Count().Layers == 0, "the half layer to go");
    }

    [Fact]
    public async Task Pull_when_a_layer_tries_to_escape_then_refused_and_the_other_layers_do_not_show_as_an_image()
    {
        await using var images = new ImagesHarness();
        var image = TestImage.Of([new LayerBuilder().File("fine").Build(), new LayerBuilder().File("../../evil").Build(), new LayerBuilder().File("above").Build()]);
        _registry.Add(image, "a", "latest");
        var failed = await FailAsync(images, "/a");
        Assert.Contains("leads out of the layer", failed.Message);
        Assert.Empty((await images.AskAsync<ImageList>(new ListImages())).Images);
        await images.RestartAsync();
        await Wait.UntilAsync(() => images.Count() == (0, 0, 0), "everything to be collected");
    }

    [Fact]
    public async Task Pull_when_no_platform_fits_then_told()
    {
        await using var images = new ImagesHarness();
        _registry.Add(TestImage.Of([new LayerBuilder().File("a").Build()], inIndex: true), "a", "latest");
        var (_, result) = await images.PullAsync(_registry.Host + "/a", platform: new PlatformSpec("linux", "riscv64", ""));
        Assert.Equal("no matching manifest for linux/riscv64 in the manifest list entries", Assert.IsType<CommandFailed>(result).Message);
    }

    [Theory]
    [InlineData("UPPER", "invalid reference format: repository name (library/UPPER) must be lowercase")]
    [InlineData("a b", "invalid reference format")]
    public async Task Pull_when_the_name_is_invalid_then_told_without_asking_anyone(string name, string text)
    {
        await using var images = new ImagesHarness();
        var failed = Assert.IsType<CommandFailed>((await images.PullAsync(name)).Result);
        Assert.Equal((ErrorCode.InvalidArgument, text), (failed.Code, failed.Message));
    }

    private TestImage Add(string repository, int random = 10)
    {
        var content = new byte[random];
        new Random(7).NextBytes(content);
        var image = TestImage.Of([new LayerBuilder().File("f", content).Build()]);
        _registry.Add(image, repository, "latest");
        return image;
    }

    private async Task<CommandFailed> FailAsync(ImagesHarness images, string name) =>
        Assert.IsType<CommandFailed>((await images.PullAsync(_registry.Host + name)).Result);

    /// <summary>No layer and no ingest at once; blobs that nothing needs go with the next collection.</summary>
    private static async Task AssertNothingLeftAsync(ImagesHarness images, int? blobs = null)
    {
        await Wait.UntilAsync(() => images.Count() is { Layers: 0, Ingests: 0 }, "layers and ingests to go");
        Assert.Empty((await images.AskAsync<ImageList>(new ListImages())).Images);
        if (blobs is not null) Assert.Equal(blobs, images.Count().Blobs);
        await images.RestartAsync();
        await Wait.UntilAsync(() => images.Count() == (0, 0, 0), "everything to be collected");
    }
}
