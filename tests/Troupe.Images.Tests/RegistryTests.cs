using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Troupe.Linux.Files;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Distribution;
using Troupe.Specs.Image;

namespace Troupe.Images.Tests;

/// <summary>Authorization, redirects, mirrors and the seed store.</summary>
public sealed class RegistryTests : IDisposable
{
    private readonly TestRegistry _registry = new();
    private readonly TestImage _image = TestImage.Of([new LayerBuilder().File("f", "content").Build()]);

    public RegistryTests() => _registry.Add(_image, "team/app", "latest");

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task Pull_when_a_token_is_asked_for_then_it_is_fetched_once_with_the_users_credentials()
    {
        await using var images = new ImagesHarness();
        _registry.Intercept = r => r.Path.StartsWith("/token", StringComparison.Ordinal)
            ? r.Headers.GetValueOrDefault("authorization") == Basic("me", "secret")
                ? TestAnswer.Json(200, """{"token":"T1","expires_in":300}""")
                : TestAnswer.Json(401, """{"details":"incorrect username or password"}""")
            : r.Headers.GetValueOrDefault("authorization") == "Bearer T1" ? null : Challenge();

        var (_, refused) = await images.PullAsync(_registry.Host + "/team/app", new RegistryAuth("me", "wrong", "", ""));
        Assert.Equal(ErrorCode.Unauthenticated, Assert.IsType<CommandFailed>(refused).Code);

        var (_, result) = await images.PullAsync(_registry.Host + "/team/app", new RegistryAuth("me", "secret", "", ""));
        Assert.IsType<PullCompleted>(result);
        var request = Assert.Single(_registry.Requests, r => r.Path.StartsWith("/token", StringComparison.Ordinal) && r.Headers["authorization"] == Basic("me", "secret"));
        Assert.Contains("service=reg", request.Path);
        Assert.Contains("scope=" + Uri.EscapeDataString("repository:team/app:pull"), request.Path);
        Assert.Contains("account=me", request.Path);

        // Another user's request is not served with this user's token.
        var (_, other) = await images.PullAsync(_registry.Host + "/team/app", new RegistryAuth("you", "wrong", "", ""));
        Assert.IsType<CommandFailed>(other);
    }

    [Fact]
    public async Task Pull_when_there_is_an_identity_token_then_it_is_posted()
    {
        await using var images = new ImagesHarness();
        _registry.Intercept = r => r.Path.StartsWith("/token", StringComparison.Ordinal)
            ? r.Method == "POST" && r.Body.Contains("grant_type=refresh_token", StringComparison.Ordinal) && r.Body.Contains("refresh_token=ID1", StringComparison.Ordinal)
                ? TestAnswer.Json(200, """{"access_token":"T2"}""")
                : TestAnswer.Json(400, "{}")
            : r.Headers.GetValueOrDefault("authorization") == "Bearer T2" ? null : Challenge();
        Assert.IsType<PullCompleted>((await images.PullAsync(_registry.Host + "/team/app", new RegistryAuth("", "", "ID1", ""))).Result);
    }

    [Fact]
    public async Task Pull_when_basic_is_asked_for_then_it_is_given()
    {
        await using var images = new ImagesHarness();
        _registry.Intercept = r => r.Headers.GetValueOrDefault("authorization") == Basic("me", "p")
            ? null
            : TestAnswer.Json(401, """{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}""").With("WWW-Authenticate", "Basic realm=\"r\"");
        Assert.Equal(
            "unauthorized: authentication required", Assert.IsType<CommandFailed>((await images.PullAsync(_registry.Host + "/team/app")).Result).Message);
        Assert.IsType<PullCompleted>((await images.PullAsync(_registry.Host + "/team/app", new RegistryAuth("me", "p", "", ""))).Result);
    }

    [Fact]
    public async Task Pull_when_a_blob_is_elsewhere_then_followed_without_the_authorization()
    {
        using var storage = new TestRegistry();
        foreach (var (digest, blob) in _image.Blobs) storage.Blobs[digest] = blob;
        await using var images = new ImagesHarness();
        _registry.Intercept = r => r.Path.Contains("/blobs/", StringComparison.Ordinal)
            ? TestAnswer.Json(307, "").With("Location", $"http://localhost:{storage.Port}{r.Path}?sig=1")
            : r.Headers.ContainsKey("authorization") ? null : TestAnswer.Json(401, "").With("WWW-Authenticate", "Basic");
        Assert.IsType<PullCompleted>((await images.PullAsync(_registry.Host + "/team/app", new RegistryAuth("me", "p", "", ""))).Result);
        Assert.NotEmpty(storage.Requests);
        Assert.All(storage.Requests, r => Assert.False(r.Headers.ContainsKey("authorization")));
    }

    [Fact]
    public async Task Pull_when_redirects_never_end_then_given_up()
    {
        await using var images = new ImagesHarness();
        _registry.Intercept = r => TestAnswer.Json(302, "").With("Location", r.Path);
        Assert.Equal("stopped after 10 redirects", Assert.IsType<CommandFailed>((await images.PullAsync(_registry.Host + "/team/app")).Result).Message);
    }

    [Fact]
    public async Task Pull_when_the_mirror_has_it_then_the_Hub_is_not_asked_and_when_not_then_it_is()
    {
        using var mirror = new TestRegistry();
        mirror.Add(_image, "library/mirrored", "latest");
        _registry.Add(_image, "library/hubonly", "latest");
        await using var images = new ImagesHarness(ImagesHarness.DefaultSettings() with
        {
            Mirrors = [new Uri("http://" + mirror.Host)], HubEndpoint = new Uri("http://" + _registry.Host),
        });
        Assert.IsType<PullCompleted>((await images.PullAsync("mirrored")).Result);
        Assert.Empty(_registry.Requests);
        Assert.IsType<PullCompleted>((await images.PullAsync("hubonly", new RegistryAuth("me", "p", "", ""))).Result);
        Assert.NotEmpty(_registry.Requests);
        Assert.Equal(["hubonly:latest", "mirrored:latest"], (await images.ResolveAsync("mirrored")).RepoTags);
        // Mirrors are for the Hub only.
        var before = mirror.Requests.Count;
        await images.PullAsync(_registry.Host + "/team/app");
        Assert.Equal(before, mirror.Requests.Count);
    }

    [Fact]
    public async Task Pull_when_the_Hub_can_not_be_reached_then_the_seed_serves_its_tag_and_says_so()
    {
        await using var images = SeedHarness(new Uri($"http://127.0.0.1:{FreePort()}"), out var seed);
        var (progress, result) = await images.PullAsync("hello-world");
        Assert.Equal(_image.ImageId, Assert.IsType<PullCompleted>(result).ImageId);
        Assert.Contains(progress, p => p.Status.Contains("comes from the seed store built into Troupe", StringComparison.Ordinal));
        Assert.Equal("Status: Downloaded newer image for hello-world:latest", progress[^1].Status);

        // Never for a digest, another tag, or another image.
        foreach (var name in (string[])["hello-world@" + _image.TopDigest, "hello-world:other", "busybox"])
            Assert.Contains("connection refused", Assert.IsType<CommandFailed>((await images.PullAsync(name)).Result).Message);
        FileTree.Remove(seed);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(429)]
    public async Task Pull_when_the_Hub_answers_anything_then_the_seed_does_not_stand_in(int status)
    {
        await using var images = SeedHarness(new Uri("http://" + _registry.Host), out var seed);
        _registry.Intercept = _ => TestAnswer.Json(status, "{}");
        Assert.IsType<CommandFailed>((await images.PullAsync("hello-world")).Result);
        FileTree.Remove(seed);
    }

    [Fact]
    public async Task Pull_when_the_seed_is_damaged_then_it_is_not_believed()
    {
        await using var images = SeedHarness(new Uri($"http://127.0.0.1:{FreePort()}"), out var seed);
        var path = Path.Combine(seed, "blobs/sha256", _image.LayerBlobs[0].Hex);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[^9] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        Assert.Contains("verification failed", Assert.IsType<CommandFailed>((await images.PullAsync("hello-world")).Result).Message);
        FileTree.Remove(seed);
    }

    [Theory]
    [InlineData("Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x:pull,push\"", "bearer", "scope", "repository:x:pull,push")]
    [InlineData("Basic realm=\"a \\\"b\\\"\"", "basic", "realm", "a \"b\"")]
    [InlineData("Negotiate, Bearer realm=x , service = y", "bearer", "service", "y")]
    [InlineData("bEaReR rEaLm=\"x\"", "bearer", "realm", "x")]
    public void Challenges_when_valid_then_read(string header, string scheme, string key, string value) =>
        Assert.Equal(value, AuthChallenge.ParseAll(header).Single(c => c.Scheme == scheme)[key]);

    [Fact]
    public void Challenges_when_random_then_never_a_failure()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var random = new Random(seed);
        const string alphabet = "Bearer realm=\"\\, \t=x";
        for (var i = 0; i < 100_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            AuthChallenge.ParseAll(text);
        }
    }

    private ImagesHarness SeedHarness(Uri hub, out string seed)
    {
        seed = Directory.CreateTempSubdirectory("troupe-seed-").FullName;
        Directory.CreateDirectory(Path.Combine(seed, "blobs/sha256"));
        foreach (var (digest, blob) in _image.Blobs) File.WriteAllBytes(Path.Combine(seed, "blobs/sha256", Digest.Parse(digest).Hex), blob);
        File.WriteAllBytes(Path.Combine(seed, "blobs/sha256", _image.TopDigest.Hex), _image.Top);
        var entry = new Descriptor
        {
            MediaType = _image.TopType, Digest = _image.TopDigest, Size = _image.Top.Length,
            Annotations = new() { [OciLayout.ImageNameAnnotation] = "docker.io/library/hello-world:latest", [OciLayout.RefNameAnnotation] = "latest" },
        };
        File.WriteAllBytes(Path.Combine(seed, "index.json"), JsonSerializer.SerializeToUtf8Bytes(
            new ImageIndex { SchemaVersion = 2, Manifests = [entry] }, ImageJsonContext.Default.ImageIndex));
        return new ImagesHarness(ImagesHarness.DefaultSettings() with { SeedDirectory = seed, HubEndpoint = hub });
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private TestAnswer Challenge() => TestAnswer.Json(401, """{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}""")
        .With("WWW-Authenticate", $"Bearer realm=\"http://{_registry.Host}/token\",service=\"reg\",scope=\"repository:team/app:pull\"");

    private static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
}
