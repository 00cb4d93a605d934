using Akka.Actor;
using Troupe.Images.Catalog;
using Troupe.Images.Layers;
using Troupe.Images.Pulls;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Images.Tests;

/// <summary>
/// One test per row of the supervision tables of ImagesActor, PullsActor and LayersActor. Each child is brought down by a message that breaks
/// it as a defect would.
/// </summary>
public sealed class SupervisionTests : IDisposable
{
    private readonly TestRegistry _registry = new();
    private readonly TestImage _image = TestImage.Of([new LayerBuilder().File("f", "content").Build(), new LayerBuilder().File("g").Build()]);

    public SupervisionTests() => _registry.Add(_image, "a", "latest");

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task Disk_when_it_fails_then_it_alone_restarts_and_goes_on()
    {
        await using var images = new ImagesHarness();
        Assert.IsType<PullCompleted>((await images.PullAsync(Name)).Result);
        var image = await images.Select("store").ResolveOne(ImagesHarness.Deadline);
        images.Select("disk").Tell(new DiskWorkerActor.FlushLayers(null!));
        Assert.Equal(3, (await images.AskAsync<ImageRemovedResult>(new RemoveImage(Cause.Engine("test"), Name, false, true, []))).Deleted.Length);
        await Wait.UntilAsync(() => images.Count() == (0, 0, 0), "the restarted worker to delete the layers");
        Assert.Equal(image, await images.Select("store").ResolveOne(ImagesHarness.Deadline));
    }

    [Fact]
    public async Task Snapshots_when_they_fail_then_they_restart_and_what_was_made_is_there()
    {
        await using var images = new ImagesHarness();
        Assert.IsType<PullCompleted>((await images.PullAsync(Name)).Result);
        var container = ContainerId.New();
        var chain = (await images.ResolveAsync(Name)).ChainIds;
        var first = await images.AskAsync<SnapshotPrepared>(new PrepareSnapshot(container, chain));
        images.Select("snapshots").Tell(new ReconcileSnapshots(null!));
        var second = await images.AskAsync<SnapshotPrepared>(new PrepareSnapshot(container, chain));
        Assert.Equal(first.Mounts[0].Options, second.Mounts[0].Options);
    }

    public static TheoryData<string> Escalated => ["store", "layers", "pulls", "references"];

    [Theory]
    [MemberData(nameof(Escalated))]
    public async Task Child_when_it_fails_during_a_pull_then_the_pull_is_told_and_the_next_one_succeeds(string child)
    {
        await using var images = new ImagesHarness();
        var blob = _image.LayerBlobs[0].ToString();
        Stall(blob);
        var pull = images.PullAsync(Name);
        await Wait.UntilAsync(() => _registry.CountOf("GET", blob) == 1, "the layer to be asked for");
        images.Select(child).Tell(Poison(child));

        var failed = Assert.IsType<CommandFailed>((await pull).Result);
        Assert.Equal((ErrorCode.Unavailable, "the pull was interrupted"), (failed.Code, failed.Message));

        _registry.Intercept = null;
        Assert.IsType<PullCompleted>((await images.PullAsync(Name)).Result);
        await Wait.UntilAsync(() => images.Count() == (4, 2, 0), "nothing but the image to be there");
    }

    [Fact]
    public async Task Child_when_it_fails_then_the_catalogue_comes_back_as_it_was()
    {
        await using var images = new ImagesHarness();
        Assert.IsType<PullCompleted>((await images.PullAsync(Name)).Result);
        var before = await images.ResolveAsync(Name);
        foreach (var child in Escalated)
        {
            images.Select(child.Data).Tell(Poison(child.Data));
            var after = await images.ResolveAsync(Name);
            Assert.Equal((before.Id, before.SizeBytes), (after.Id, after.SizeBytes));
            Assert.Equal(before.RepoTags, after.RepoTags);
        }
    }

    [Fact]
    public async Task Pull_when_it_fails_unexpectedly_then_its_requests_try_once_more()
    {
        await using var images = new ImagesHarness();
        var blob = _image.LayerBlobs[0].ToString();
        Stall(blob);
        var pull = images.PullAsync(Name);
        await Wait.UntilAsync(() => _registry.CountOf("GET", blob) == 1, "the layer to be asked for");
        var flight = await images.Select("pulls/pull-*").ResolveOne(ImagesHarness.Deadline);
        // Only the first answer stalls: what is tried again goes through.
        _registry.Intercept = null;
        flight.Tell(new LayerProgress(default, LayerPhase.Downloading, 1, 2));
        Assert.True(await flight.WatchAsync().WaitAsync(ImagesHarness.Deadline));
        Assert.IsType<PullCompleted>((await pull).Result);
    }

    [Fact]
    public async Task Request_when_it_fails_unexpectedly_then_its_client_is_told_and_the_others_are_not_hurt()
    {
        await using var images = new ImagesHarness();
        var blob = _image.LayerBlobs[0].ToString();
        Stall(blob);
        var first = images.PullAsync(Name);
        await Wait.UntilAsync(() => _registry.CountOf("GET", blob) >= 1, "the layer to be asked for");
        images.Select("pulls/request-*").Tell(new FlightProgress(null!));
        var failed = Assert.IsType<CommandFailed>((await first).Result);
        Assert.Equal("the pull was interrupted", failed.Message);
        _registry.Intercept = null;
        Assert.IsType<PullCompleted>((await images.PullAsync(Name)).Result);
    }

    [Fact]
    public async Task Worker_when_it_fails_unexpectedly_then_the_pull_fails_and_the_worker_goes_on()
    {
        await using var images = new ImagesHarness(ImagesHarness.DefaultSettings() with { LayersAtOnce = 1 });
        // Once it answers, its children are there.
        await images.AskAsync<ImageList>(new ListImages());
        // Without a source the download breaks as by a defect.
        var answer = await images.ReceiveAsync<LayerFailed>("layers", new EnsureLayer(Step(), null!));
        Assert.Equal(ErrorCode.Internal, answer.Failure.Code);
        Assert.IsType<PullCompleted>((await images.PullAsync(Name)).Result);
        await Wait.UntilAsync(() => images.Count() == (4, 2, 0), "nothing but the image to be there");
    }

    [Fact]
    public async Task Stop_when_a_layer_stalls_then_the_node_does_not_wait_for_the_registry()
    {
        var images = new ImagesHarness(ImagesHarness.DefaultSettings() with { TimeoutStall = TimeSpan.FromMinutes(5) });
        var blob = _image.LayerBlobs[0].ToString();
        Stall(blob);
        var pull = images.PullAsync(Name);
        await Wait.UntilAsync(() => _registry.CountOf("GET", blob) == 1, "the layer to be asked for");
        await images.DisposeAsync().AsTask().WaitAsync(ImagesHarness.Deadline);
        Assert.Equal("the pull was interrupted", Assert.IsType<CommandFailed>((await pull).Result).Message);
    }

    private string Name => _registry.Host + "/a";

    /// <summary>From now on the registry sends ten bytes of the blob and then nothing.</summary>
    private void Stall(string blob) => _registry.Intercept = r => r.Path.EndsWith(blob, StringComparison.Ordinal)
        ? new TestAnswer(200, "x", _image.Blobs[blob]) { StallAfter = 10 } : null;

    private LayerStep Step()
    {
        var blob = _image.LayerBlobs[0];
        var descriptor = new Specs.Image.Descriptor { MediaType = "x", Digest = blob, Size = 100 };
        return new LayerStep(descriptor, _image.DiffIds[0], ChainId.Compute(_image.DiffIds)[0], []);
    }

    private object Poison(string child) => child switch
    {
        "store" => new StoreWorkerActor.RecordImage(null!),
        "layers" => new LayerWorkerActor.Unpacked(ChainId.Compute([.. _image.DiffIds, .. _image.DiffIds])[^1], "", null!),
        "pulls" => new JoinPull(null!, null!, null!),
        "references" => new ReferenceWriterActor.WriteReferences("x", []),
        _ => throw new ArgumentOutOfRangeException(child),
    };
}
