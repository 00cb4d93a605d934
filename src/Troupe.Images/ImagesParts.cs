using Akka.Actor;
using Troupe.Images.Content;
using Troupe.Images.Layers;
using Troupe.Images.Pulls;
using Troupe.Images.Registry;
using Troupe.Images.Snapshots;
using Troupe.Specs.Streams;

namespace Troupe.Images;

/// <summary>
/// The image side of a node, as the composition root sees it: made once per data root, outlives actor systems, hands out the front actor's
/// props and the blobs. Making it creates its directories.
/// </summary>
public sealed class ImagesParts : IDisposable
{
    private readonly ContentStore _content;
    private readonly ImageRecords _records;
    private readonly LayerStore _layers;
    private readonly SnapshotStore _snapshots;
    private readonly Leases _leases = new();
    private readonly RegistryClient _registry;

    public ImagesParts(ImagesSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings;
        _content = new ContentStore(settings.DataRoot);
        _records = new ImageRecords(settings.DataRoot);
        _layers = new LayerStore(settings.DataRoot);
        _snapshots = new SnapshotStore(settings.DataRoot, _layers);
        _registry = new RegistryClient(settings);
    }

    public ImagesSettings Settings { get; }

    /// <summary>The blobs of this node.</summary>
    public IBlobSource Blobs => _content;

    /// <summary>The front actor: takes every message of Protocol/Images.</summary>
    /// <param name="scheduler">Owner of the image references (Protocol/Cluster).</param>
    public Props ImagesActor(IActorRef scheduler) => Images.ImagesActor.Props(this, scheduler);

    internal Props DiskWorker() => DiskWorkerActor.Props(_layers, Settings);

    internal Props StoreWorker(IActorRef disk) =>
        StoreWorkerActor.Props(_content, _records, _layers, new ImageGarbage(_content, _layers, _snapshots, _leases), disk, Settings);

    internal Props SnapshotWorker(IActorRef disk) => SnapshotWorkerActor.Props(_snapshots, disk, Settings);

    internal Props LayersActor(IActorRef disk) =>
        Layers.LayersActor.Props(_layers, disk, cancel => LayerWorkerActor.Props(_content, _layers, Settings, cancel), Settings.LayersAtOnce);

    internal Props PullsActor(IActorRef layers, IActorRef store) =>
        Pulls.PullsActor.Props(Settings, _content, _layers, _leases, _registry, layers, store);

    public void Dispose() => _registry.Dispose();
}
