using System.Text.Json;
using Troupe.Images;
using Troupe.Images.Tests;
using Troupe.Integration.Tests.Harness;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs.Image;

namespace Troupe.Integration.Tests.Images;

/// <summary>Debian's docker-registry on the other side: what a pull needs of a registry, as a real one does it.</summary>
public sealed class RealRegistryTests(RegistryFixture shared)
{
    [Fact]
    public async Task Pull_when_it_is_an_index_then_the_platform_s_image_and_a_platform_that_is_not_there_is_told()
    {
        using var folder = new TempFolder();
        var (amd64, arm64) = (Image("amd64"), Image("arm64"));
        WriteLayout(folder.Path, amd64, arm64);
        (await Command.RunAsync(Programs.Find("skopeo"),
            ["copy", "--quiet", "--all", "--dest-tls-verify=false", $"oci:{folder.Path}:multi", $"docker://{shared.Address}/multi:latest"])).ExpectSuccess();
        await using var images = new ImagesHarness();

        var name = shared.Address + "/multi";
        foreach (var (image, architecture) in ((TestImage, string)[])[(arm64, "arm64"), (amd64, "amd64")])
        {
            var completed = Assert.IsType<PullCompleted>((await images.PullAsync(name, platform: new PlatformSpec("linux", architecture, ""))).Result);
            Assert.Equal(image.ImageId, completed.ImageId);
        }

        var failed = Assert.IsType<CommandFailed>((await images.PullAsync(name, platform: new PlatformSpec("linux", "s390x", ""))).Result);
        Assert.Equal("no matching manifest for linux/s390x in the manifest list entries", failed.Message);
    }

    [Fact]
    public async Task Pull_when_by_tag_digest_and_unknown_then_as_the_registry_knows_it()
    {
        await using var images = new ImagesHarness();
        var byTag = Assert.IsType<PullCompleted>((await images.PullAsync(shared.Busybox + ":1.35")).Result);
        var byDigest = Assert.IsType<PullCompleted>((await images.PullAsync($"{shared.Busybox}@{byTag.ManifestDigest}")).Result);
        Assert.Equal(byTag.ImageId, byDigest.ImageId);
        var tag = Assert.IsType<CommandFailed>((await images.PullAsync(shared.Busybox + ":nope")).Result);
        Assert.Equal((ErrorCode.NotFound, $"manifest for {shared.Busybox}:nope not found: manifest unknown: manifest unknown"), (tag.Code, tag.Message));
        var digest = "sha256:" + new string('a', 64);
        var unknown = Assert.IsType<CommandFailed>((await images.PullAsync($"{shared.Busybox}@{digest}")).Result);
        Assert.Equal((ErrorCode.NotFound, $"manifest for {shared.Busybox}@{digest} not found: manifest unknown: manifest unknown"), (unknown.Code, unknown.Message));
    }

    [Fact]
    public async Task Pull_when_the_registry_wants_a_password_then_only_with_it()
    {
        await using var registry = await PrivateRegistry.StartBasicAsync();
        await registry.FillAsync(shared);
        await using var images = new ImagesHarness();
        foreach (var auth in (RegistryAuth?[])[null, new RegistryAuth(PrivateRegistry.User, "wrong", "", "")])
        {
            var failed = Assert.IsType<CommandFailed>((await images.PullAsync(registry.Busybox, auth)).Result);
            Assert.Equal((ErrorCode.Unauthenticated, "unauthorized: authentication required"), (failed.Code, failed.Message));
        }

        Assert.IsType<PullCompleted>((await images.PullAsync(registry.Busybox, PrivateRegistry.Auth)).Result);
    }

    [Fact]
    public async Task Pull_when_the_registry_wants_a_token_then_one_is_fetched_for_the_repository()
    {
        await using var registry = await PrivateRegistry.StartTokenAsync();
        await registry.FillAsync(shared);
        await using var images = new ImagesHarness();
        var refused = Assert.IsType<CommandFailed>((await images.PullAsync(registry.Busybox)).Result);
        Assert.Equal(ErrorCode.Unauthenticated, refused.Code);
        Assert.IsType<PullCompleted>((await images.PullAsync(registry.Busybox, PrivateRegistry.Auth)).Result);
        Assert.Contains(registry.TokenRequests, r => r.Contains("scope=repository%3Abusybox%3Apull", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pull_when_a_mirror_is_configured_then_the_Hub_s_images_come_from_it()
    {
        using var layout = new TempFolder();
        await BusyboxImage.WriteAsync(layout.Path, "mirrored");
        await shared.PushAsync(layout.Path, "library/mirrored:latest");
        await using var images = new ImagesHarness(ImagesHarness.DefaultSettings() with
        {
            Mirrors = [new Uri("http://" + shared.Address)], HubEndpoint = new Uri($"http://127.0.0.1:{RegistryFixture.FreePort()}"),
        });
        Assert.IsType<PullCompleted>((await images.PullAsync("mirrored")).Result);
        Assert.Equal(["mirrored:latest"], (await images.ResolveAsync("mirrored")).RepoTags);
    }

    private static TestImage Image(string architecture) =>
        TestImage.Of([new LayerBuilder().File("arch", architecture).Build()], label: architecture, architecture: architecture);

    private static void WriteLayout(string folder, params TestImage[] images)
    {
        Directory.CreateDirectory(Path.Combine(folder, "blobs/sha256"));
        void Put(byte[] bytes) => File.WriteAllBytes(Path.Combine(folder, "blobs/sha256", Specs.Digest.Of(bytes).Hex), bytes);
        Descriptor Describe(string type, byte[] bytes) => new() { MediaType = type, Digest = Specs.Digest.Of(bytes), Size = bytes.Length };
        foreach (var image in images)
        {
            Put(image.Top);
            foreach (var blob in image.Blobs.Values) Put(blob);
        }

        var index = JsonSerializer.SerializeToUtf8Bytes(new ImageIndex
        {
            SchemaVersion = 2, MediaType = MediaTypes.OciIndex,
            Manifests = [.. images.Select(image => Describe(image.TopType, image.Top) with
            {
                Platform = new Platform { Os = "linux", Architecture = image == images[0] ? "amd64" : "arm64" },
            })],
        }, ImageJsonContext.Default.ImageIndex);
        Put(index);
        var top = Describe(MediaTypes.OciIndex, index) with { Annotations = new() { [OciLayout.RefNameAnnotation] = "multi" } };
        File.WriteAllBytes(Path.Combine(folder, "index.json"), JsonSerializer.SerializeToUtf8Bytes(
            new ImageIndex { SchemaVersion = 2, Manifests = [top] }, ImageJsonContext.Default.ImageIndex));
        File.WriteAllText(Path.Combine(folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }
}
