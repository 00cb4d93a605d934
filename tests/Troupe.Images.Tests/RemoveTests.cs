using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Images.Tests;

/// <summary>docker rmi: rules and texts are Docker's.</summary>
public sealed class RemoveTests : IDisposable
{
    private static readonly ContainerId Container = ContainerId.Parse(new string('c', 64));

    private readonly TestRegistry _registry = new();
    private readonly TestImage _image = TestImage.Of([new LayerBuilder().File("shared").Build(), new LayerBuilder().File("own").Build()], label: "1");
    private readonly TestImage _other = TestImage.Of([new LayerBuilder().File("shared").Build(), new LayerBuilder().File("other").Build()], label: "2");

    public RemoveTests()
    {
        _registry.Add(_image, "a", "latest");
        _registry.Add(_image, "a", "two");
        _registry.Add(_image, "b", "latest");
        _registry.Add(_other, "other", "latest");
    }

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task Remove_when_it_is_the_last_tag_then_image_and_own_layers_go_and_shared_ones_stay()
    {
        await using var images = await PulledAsync("a", "other");
        var view = await images.ResolveAsync(Name("a"));

        var removed = await images.AskAsync<ImageRemovedResult>(Remove(Name("a")));

        Assert.Equal([Name("a") + ":latest", $"{Name("a")}@{_image.TopDigest}"], removed.Untagged);
        Assert.Equal([_image.ImageId.ToString(), view.ChainIds[1].ToString()], removed.Deleted);
        Assert.Equal("No such image: " + Name("a") + ":latest", (await FailAsync(images, new ResolveImage(Name("a")))).Message);
        Assert.True(File.Exists(Path.Combine(images.LayerDirectory(view.ChainIds[0]), "shared")));
        await Wait.UntilAsync(() => images.Count() == (4, 2, 0), "own blobs and layers to go");
        Assert.IsType<PullCompleted>((await images.PullAsync(Name("a"))).Result);
    }

    [Fact]
    public async Task Remove_when_another_tag_is_left_then_only_untagged()
    {
        await using var images = await PulledAsync("a", "a:two");
        var removed = await images.AskAsync<ImageRemovedResult>(Remove(Name("a:two")));
        Assert.Equal([Name("a:two")], removed.Untagged);
        Assert.Empty(removed.Deleted);
        Assert.Equal([Name("a:latest")], (await images.ResolveAsync(Name("a"))).RepoTags);
    }

    [Fact]
    public async Task Remove_when_by_id_with_several_repositories_then_force_is_needed()
    {
        await using var images = await PulledAsync("a", "b");
        var failed = await FailAsync(images, Remove(_image.ImageId.Short));
        Assert.Equal(
            (ErrorCode.Conflict, $"conflict: unable to delete {_image.ImageId.Short} (must be forced) - image is referenced in multiple repositories"),
            (failed.Code, failed.Message));
        var removed = await images.AskAsync<ImageRemovedResult>(Remove(_image.ImageId.Short, force: true));
        Assert.Equal(4, removed.Untagged.Length);
        Assert.Equal(3, removed.Deleted.Length);
    }

    [Fact]
    public async Task Remove_when_a_container_uses_it_then_Dockers_conflicts()
    {
        await using var images = await PulledAsync("a");
        var stopped = new ImageUse(_image.ImageId, Container, Running: false);
        var running = stopped with { Running = true };
        Assert.Equal(
            $"conflict: unable to remove repository reference \"{Name("a")}\" (must force) - container {Container.Short} is using its referenced image {_image.ImageId.Short}",
            (await FailAsync(images, Remove(Name("a"), uses: stopped))).Message);
        Assert.Equal(
            $"conflict: unable to delete {_image.ImageId.Short} (must be forced) - image is being used by stopped container {Container.Short}",
            (await FailAsync(images, Remove(_image.ImageId.Short, uses: stopped))).Message);
        Assert.Equal(
            $"conflict: unable to delete {_image.ImageId.Short} (cannot be forced) - image is being used by running container {Container.Short}",
            (await FailAsync(images, Remove(_image.ImageId.Short, force: true, uses: running))).Message);
        Assert.Single((await images.ResolveAsync(Name("a"))).RepoTags);
    }

    [Fact]
    public async Task Remove_when_forced_by_name_under_a_running_container_then_it_stays_nameless_also_after_a_restart()
    {
        await using var images = await PulledAsync("a");
        var removed = await images.AskAsync<ImageRemovedResult>(Remove(Name("a"), force: true, uses: new ImageUse(_image.ImageId, Container, Running: true)));
        Assert.Equal(2, removed.Untagged.Length);
        Assert.Empty(removed.Deleted);
        await images.RestartAsync();
        Assert.Empty((await images.ResolveAsync(_image.ImageId.ToString())).RepoTags);
        Assert.Equal(3, (await images.AskAsync<ImageRemovedResult>(Remove(_image.ImageId.Hex))).Deleted.Length);
    }

    [Fact]
    public async Task Remove_when_a_snapshot_stands_on_its_layers_then_they_stay_until_it_goes()
    {
        await using var images = await PulledAsync("a");
        var view = await images.ResolveAsync(Name("a"));
        await images.AskAsync<SnapshotPrepared>(new PrepareSnapshot(Container, view.ChainIds));
        var removed = await images.AskAsync<ImageRemovedResult>(
            Remove(Name("a"), force: true, uses: new ImageUse(_image.ImageId, Container, Running: false)));
        Assert.Equal([_image.ImageId.ToString()], removed.Deleted);
        Assert.True(Directory.Exists(images.LayerDirectory(view.ChainIds[1])));
        await images.AskAsync<SnapshotPrepared>(new PrepareSnapshot(Container, view.ChainIds));

        await images.AskAsync<CommandDone>(new RemoveSnapshot(Container));
        await images.AskAsync<CommandDone>(new RemoveSnapshot(Container));
        await images.RestartAsync();
        await Wait.UntilAsync(() => images.Count() == (0, 0, 0), "the layers to go");
    }

    [Theory]
    [InlineData("nosuch:x", ErrorCode.NotFound, "No such image: nosuch:x")]
    [InlineData("nosuch", ErrorCode.NotFound, "No such image: nosuch:latest")]
    [InlineData("docker.io/library/nosuch", ErrorCode.NotFound, "No such image: nosuch:latest")]
    [InlineData("sha256:abcdef", ErrorCode.NotFound, "No such image: sha256:abcdef")]
    [InlineData("No:Such", ErrorCode.InvalidArgument, "invalid reference format: repository name (library/No) must be lowercase")]
    public async Task Remove_and_resolve_when_there_is_none_then_Dockers_text(string name, ErrorCode code, string text)
    {
        await using var images = new ImagesHarness();
        foreach (var message in (object[])[new ResolveImage(name), Remove(name)])
        {
            var failed = await FailAsync(images, message);
            Assert.Equal((code, text), (failed.Code, failed.Message));
        }
    }

    [Fact]
    public async Task Reconcile_when_containers_are_unknown_then_their_snapshots_go()
    {
        await using var images = await PulledAsync("a");
        var view = await images.ResolveAsync(Name("a"));
        var gone = ContainerId.New();
        await images.AskAsync<SnapshotPrepared>(new PrepareSnapshot(Container, view.ChainIds));
        await images.AskAsync<SnapshotPrepared>(new PrepareSnapshot(gone, view.ChainIds));
        var root = Path.Combine(images.Root, "snapshots");
        Directory.CreateDirectory(Path.Combine(root, "ingest-left"));
        await images.AskAsync<CommandDone>(new ReconcileSnapshots([Container]));
        await Wait.UntilAsync(() => Directory.GetDirectories(root).SequenceEqual([Path.Combine(root, Container.Hex)]), "the others to go");
    }

    [Fact]
    public async Task Prepare_when_a_layer_is_not_here_then_refused()
    {
        await using var images = new ImagesHarness();
        var failed = await FailAsync(images, new PrepareSnapshot(Container, [Digest.Of("x"u8)]));
        Assert.Equal(ErrorCode.FailedPrecondition, failed.Code);
        Assert.False(Directory.Exists(Path.Combine(images.Root, "snapshots", Container.Hex)));
    }

    private string Name(string repository) => _registry.Host + "/" + repository;

    private async Task<ImagesHarness> PulledAsync(params string[] names)
    {
        var images = new ImagesHarness();
        foreach (var name in names) Assert.IsType<PullCompleted>((await images.PullAsync(Name(name))).Result);
        return images;
    }

    private static RemoveImage Remove(string name, bool force = false, params ImageUse[] uses) => new(Cause.Engine("test"), name, force, Prune: true, uses);

    private static async Task<CommandFailed> FailAsync(ImagesHarness images, object message) => await images.AskAsync<CommandFailed>(message);
}
