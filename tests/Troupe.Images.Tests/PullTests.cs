using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Images.Tests;

public sealed class PullTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Pull_when_the_registry_has_the_image_then_it_is_here_with_Dockers_lines(bool asDocker, bool inIndex)
    {
        using var registry = new TestRegistry();
        await using var images = new ImagesHarness();
        var image = TestImage.Of(
            [new LayerBuilder().Directory("bin").File("bin/hello", "one", 0x9ED).Build(), new LayerBuilder().File("etc/two", "two").Build()],
            asDocker: asDocker, inIndex: inIndex);
        registry.Add(image, "t/hello", "v1");

        var name = registry.Host + "/t/hello:v1";
        var (progress, result) = await images.PullAsync(name);

        var completed = Assert.IsType<PullCompleted>(result);
        Assert.Equal(new PullCompleted(name, image.ImageId, image.TopDigest, Upgraded: true), completed);
        Assert.Equal(("v1", "Pulling from t/hello"), (progress[0].Id, progress[0].Status));
        foreach (var blob in image.LayerBlobs)
        {
            var lines = progress.Where(p => p.Id == blob.Short).Select(p => p.Status).ToList();
            Assert.Equal("Pulling fs layer", lines[0]);
            Assert.Contains("Verifying Checksum", lines);
            Assert.True(lines.IndexOf("Download complete") > lines.IndexOf("Verifying Checksum"));
            Assert.Equal("Pull complete", lines[^1]);
        }

        Assert.Equal([$"Digest: {image.TopDigest}", $"Status: Downloaded newer image for {name}"], progress[^2..].Select(p => p.Status));
        var view = await images.ResolveAsync(name);
        Assert.Equal([name], view.RepoTags);
        Assert.Equal([$"{registry.Host}/t/hello@{image.TopDigest}"], view.RepoDigests);
        Assert.Equal(6, view.SizeBytes);
        Assert.Equal(image.ImageId, Digest.Of(view.Config.Span));
        Assert.Equal("one", File.ReadAllText(Path.Combine(images.LayerDirectory(view.ChainIds[0]), "bin/hello")));
        Assert.Equal("two", File.ReadAllText(Path.Combine(images.LayerDirectory(view.ChainIds[1]), "etc/two")));
        Assert.Equal(0, images.Count().Ingests);
        Assert.Equal(view.ChainIds, ChainId.Compute(image.DiffIds).Select(c => c.Digest));
    }

    [Fact]
    public async Task Pull_when_it_is_up_to_date_then_nothing_is_downloaded()
    {
        using var registry = new TestRegistry();
        await using var images = new ImagesHarness();
        var image = TestImage.Of([new LayerBuilder().File("a").Build()]);
        registry.Add(image, "a", "latest");
        await images.PullAsync(registry.Host + "/a");
        var before = registry.Requests.Count;

        var (progress, result) = await images.PullAsync(registry.Host + "/a");

        Assert.False(Assert.IsType<PullCompleted>(result).Upgraded);
        Assert.Contains(progress, p => p.Status == "Already exists" && p.Id == image.LayerBlobs[0].Short);
        Assert.Equal($"Status: Image is up to date for {registry.Host}/a:latest", progress[^1].Status);
        Assert.Equal(["HEAD"], registry.Requests.Skip(before).Select(r => r.Method));
    }

    [Fact]
    public async Task Pull_when_many_ask_at_once_then_every_blob_is_downloaded_once()
    {
        using var registry = new TestRegistry();
        await using var images = new ImagesHarness();
        var image = TestImage.Of([.. Enumerable.Range(0, 4).Select(i => new LayerBuilder().File("f" + i, new byte[100_000]).Build())]);
        registry.Add(image, "a", "latest");
        registry.Add(image, "a", "other");

        var pulls = Enumerable.Range(0, 20).Select(i => images.PullAsync(registry.Host + (i % 2 == 0 ? "/a" : "/a:other")));
        var results = await Task.WhenAll(pulls);

        Assert.All(results, r => Assert.IsType<PullCompleted>(r.Result));
        Assert.All(image.LayerBlobs, blob => Assert.Equal(1, registry.CountOf("GET", blob.ToString())));
        var view = await images.ResolveAsync(registry.Host + "/a:other");
        Assert.Equal(2, view.RepoTags.Length);
    }

    [Fact]
    public async Task Pull_when_by_digest_then_there_is_no_tag()
    {
        using var registry = new TestRegistry();
        await using var images = new ImagesHarness();
        var image = TestImage.Of([new LayerBuilder().File("a").Build()], compress: TestImage.Zstd);
        registry.Add(image, "a", "latest");

        var (progress, result) = await images.PullAsync($"{registry.Host}/a@{image.TopDigest}");

        Assert.IsType<PullCompleted>(result);
        Assert.Equal(image.TopDigest.ToString(), progress[0].Id);
        var view = await images.ResolveAsync(image.ImageId.Short);
        Assert.Empty(view.RepoTags);
        Assert.Single(view.RepoDigests);
    }

    [Fact]
    public async Task Pull_when_the_tag_moved_then_the_older_image_keeps_its_digest()
    {
        using var registry = new TestRegistry();
        await using var images = new ImagesHarness();
        var older = TestImage.Of([new LayerBuilder().File("a").Build()], label: "1");
        var newer = TestImage.Of([new LayerBuilder().File("a").Build()], label: "2");
        registry.Add(older, "a", "latest");
        await images.PullAsync(registry.Host + "/a");
        registry.Add(newer, "a", "latest");

        var (_, result) = await images.PullAsync(registry.Host + "/a");

        Assert.True(Assert.IsType<PullCompleted>(result).Upgraded);
        var list = await images.AskAsync<ImageList>(new ListImages());
        Assert.Equal(2, list.Images.Length);
        Assert.Empty(list.Images.Single(i => i.Id == older.ImageId).RepoTags);
        Assert.Single(list.Images.Single(i => i.Id == older.ImageId).RepoDigests);
        Assert.Equal(1, registry.CountOf("GET", newer.LayerBlobs[0].ToString()));
    }

    [Fact]
    public async Task Pull_when_the_image_has_no_layers_then_its_snapshot_has_an_empty_lower()
    {
        using var registry = new TestRegistry();
        await using var images = new ImagesHarness();
        registry.Add(TestImage.Of([]), "empty", "latest");
        Assert.IsType<PullCompleted>((await images.PullAsync(registry.Host + "/empty")).Result);
        var container = ContainerId.New();
        var prepared = await images.AskAsync<SnapshotPrepared>(new PrepareSnapshot(container, []));
        var mount = Assert.Single(prepared.Mounts);
        Assert.Equal("overlay", mount.Type);
        Assert.Contains("lowerdir=" + Path.Combine(images.Root, "layers/empty/fs"), mount.Options);
    }

    [Fact]
    public async Task Everything_when_the_actor_system_restarts_then_it_is_still_there()
    {
        using var registry = new TestRegistry();
        await using var images = new ImagesHarness();
        var image = TestImage.Of([new LayerBuilder().File("a", "content").Build()], inIndex: true);
        registry.Add(image, "a", "latest");
        await images.PullAsync(registry.Host + "/a");
        var before = await images.ResolveAsync(registry.Host + "/a");

        await images.RestartAsync();

        var after = await images.ResolveAsync(registry.Host + "/a");
        Assert.Equal(before.SizeBytes, after.SizeBytes);
        Assert.Equal(before.RepoTags, after.RepoTags);
        Assert.Equal(before.ChainIds, after.ChainIds);
        Assert.Equal((4, 1, 0), images.Count());
    }

    [Fact]
    public async Task Start_when_a_pull_died_before_its_last_step_then_nothing_of_it_is_left()
    {
        using var registry = new TestRegistry();
        await using var images = new ImagesHarness();
        registry.Add(TestImage.Of([new LayerBuilder().File("a").Build()]), "a", "latest");
        await images.PullAsync(registry.Host + "/a");
        // As if the node had been killed between the image's record and its references.
        images.References.Clear();
        Directory.CreateDirectory(Path.Combine(images.Root, "layers/ingest-abc/fs/half"));
        File.WriteAllText(Path.Combine(images.Root, "content/images/" + new string('a', 64) + ".new"), "{");

        await images.RestartAsync();

        Assert.Empty((await images.AskAsync<ImageList>(new ListImages())).Images);
        await Wait.UntilAsync(() => images.Count() == (0, 0, 0), "blobs and layers to be collected");
        Assert.Empty(Directory.GetFiles(Path.Combine(images.Root, "content/images")));
    }
}
