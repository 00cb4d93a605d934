using Akka.Actor;
using Troupe.Images.Catalog;
using Troupe.Images.Content;
using Troupe.Images.Layers;
using Troupe.Images.Pulls;
using Troupe.Protocol;
using Troupe.Specs;

namespace Troupe.Images;

/// <summary>The slow steps on the content store, one after the other. Runs on the blocking dispatcher.</summary>
internal sealed class StoreWorkerActor : ReceiveActor
{
    private readonly ContentStore _content;
    private readonly ImageRecords _records;
    private readonly LayerStore _layers;
    private readonly ImageGarbage _garbage;
    private readonly IActorRef _disk;
    private readonly TimeProvider _time;

    public static Props Props(
        ContentStore content, ImageRecords records, LayerStore layers, ImageGarbage garbage, IActorRef disk, ImagesSettings settings) =>
        Akka.Actor.Props.Create(() => new StoreWorkerActor(content, records, layers, garbage, disk, settings.Time))
            .WithDispatcher(settings.BlockingDispatcher);

    public StoreWorkerActor(ContentStore content, ImageRecords records, LayerStore layers, ImageGarbage garbage, IActorRef disk, TimeProvider time)
    {
        _content = content;
        _records = records;
        _layers = layers;
        _garbage = garbage;
        _disk = disk;
        _time = time;
        Receive<Load>(_ => Answer(OnLoad));
        Receive<SaveDocuments>(message => Answer(() => OnSave(message)));
        Receive<RecordImage>(message => Answer(() => OnRecord(message.Documents)));
        Receive<KeepUnreferenced>(message => Sender.Tell(new Kept(message.Token, Run(() => OnKeep(message)) as CommandFailed)));
        Receive<CollectGarbage>(message => Answer(() => OnCollect(message)));
    }

    private void Answer(Func<object> work) => Sender.Tell(Run(work));

    private static object Run(Func<object> work)
    {
        try
        {
            return work();
        }
        catch (ImageException e)
        {
            return e.ToReply();
        }
        catch (IOException e)
        {
            return ImageException.FromFile(e).ToReply();
        }
        catch (UnauthorizedAccessException e)
        {
            return new CommandFailed(ErrorCode.Internal, e.Message);
        }
    }

    private Loaded OnLoad()
    {
        _layers.Sweep();
        _content.DropStaleIngests(_time.GetUtcNow(), Limits.IngestAgeMax);
        var images = new List<LocalImage>();
        foreach (var id in _records.List().ToList())
        {
            if (TryLoad(id) is { } image) images.Add(image);
            else _records.Delete(id);
        }

        return new Loaded([.. images]);
    }

    /// <summary>Null: a document or a layer is missing, so the image is not here; pulling it again makes it whole.</summary>
    private LocalImage? TryLoad(Digest id)
    {
        if (_records.Get(id) is not { } record || _content.Read(id) is not { } config || _content.Read(record.Manifest) is not { } document) return null;
        try
        {
            var plan = PullPlan.Make(record.Manifest, PullPlan.ParseManifest(document), config);
            return plan.Layers.All(step => _layers.Has(step.Chain)) ? ImageOf(plan, config, record.IsKept) : null;
        }
        catch (ImageException)
        {
            return null;
        }
    }

    private DocumentsSaved OnSave(SaveDocuments message)
    {
        foreach (var (digest, bytes) in message.Blobs) _content.Put(digest, bytes);
        return new DocumentsSaved();
    }

    private LocalImage OnRecord(PulledDocuments documents)
    {
        var plan = documents.Plan;
        var known = _records.Get(plan.ImageId);
        if (known is null || known.Manifest != plan.Manifest)
            _records.Put(plan.ImageId, new ImageRecord { Manifest = plan.Manifest, IsKept = known?.IsKept ?? false });
        // Not waited for by anyone: until it is done, a power cut costs the unpacking, nothing more.
        _disk.Tell(new DiskWorkerActor.FlushLayers([.. plan.Layers.Select(step => step.Chain)]));
        return ImageOf(plan, documents.Config, known?.IsKept ?? false);
    }

    private CommandDone OnKeep(KeepUnreferenced message)
    {
        if (_records.Get(message.ImageId) is { IsKept: false } record) _records.Put(message.ImageId, record with { IsKept = true });
        return CommandDone.Instance;
    }

    private Collected OnCollect(CollectGarbage message)
    {
        foreach (var id in message.Remove) _records.Delete(id);
        var trash = _garbage.Collect(message.Keep, out var removed);
        foreach (var path in trash) _disk.Tell(new DiskWorkerActor.DeleteTrash(path));
        return new Collected(message.Token, removed);
    }

    private LocalImage ImageOf(PullPlan plan, byte[] config, bool isKept) => new(
        plan.ImageId, plan.Manifest, config, plan.CreatedAt, [.. plan.Layers.Select(l => l.DiffId)], [.. plan.Layers.Select(l => l.Chain)],
        plan.Layers.Sum(l => _layers.Get(l.Chain)?.SizeBytes ?? 0), isKept);

    /// <summary>Sweeps what was half made and finds the images. Answered by <see cref="Loaded"/>.</summary>
    internal sealed record Load : IImagesMessage;

    internal sealed record Loaded(LocalImage[] Images) : IImagesMessage;

    internal sealed record SaveDocuments(IReadOnlyDictionary<Digest, byte[]> Blobs) : IImagesMessage;

    internal sealed record DocumentsSaved : IImagesMessage;

    /// <summary>All layers are here: make it an image. Answered by its LocalImage.</summary>
    internal sealed record RecordImage(PulledDocuments Documents) : IImagesMessage;

    /// <summary>
    /// The image loses its last reference and stays: the next start must not take it for an unfinished pull. Answered by <see cref="Kept"/>.
    /// </summary>
    internal sealed record KeepUnreferenced(object Token, Digest ImageId) : IImagesMessage;

    /// <param name="Failure">Null: it is on the disk.</param>
    internal sealed record Kept(object Token, CommandFailed? Failure) : IImagesMessage;

    /// <summary>Removes image records, and every blob and layer that no kept image, snapshot or pull needs. Answered by <see cref="Collected"/>.</summary>
    internal sealed record CollectGarbage(object Token, Digest[] Remove, GarbageRoot[] Keep) : IImagesMessage;

    internal sealed record Collected(object Token, IReadOnlySet<Digest> Chains) : IImagesMessage;
}
