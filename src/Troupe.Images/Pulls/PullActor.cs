using Akka.Actor;
using Akka.Event;
using Troupe.Images.Catalog;
using Troupe.Images.Content;
using Troupe.Images.Layers;
using Troupe.Images.Registry;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Pulls;

/// <summary>
/// The pull of one digest, shared by every request for it and outliving them all.
/// <code>
///   Fetching (documents, pool) -> Saving (worker) -> Layering -> Recording (worker) -> FlightDone, stop
///        any of them -> FlightFailed, Draining (layers that are still coming in) -> stop
/// </code>
/// A request that joins late is told where every layer is.
/// </summary>
#pragma warning disable CA1001 // PostStop disposes the source; leases are handed over or released there.
internal sealed class PullActor : ReceiveActor
#pragma warning restore CA1001
{
    private readonly JoinPull _pull;
    private readonly ImagesSettings _settings;
    private readonly ContentStore _content;
    private readonly LayerStore _layerStore;
    private readonly Leases _leases;
    private readonly IActorRef _layers;
    private readonly IActorRef _store;
    private readonly IActorRef _images;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<IActorRef> _subscribers = [];
    private readonly Dictionary<ChainId, PullProgress> _lines = [];
    private readonly HashSet<ChainId> _missing = [];
    private PulledDocuments? _documents;
    private IDisposable? _lease;
    private bool _isDiskFull;

    public static Props Props(
        JoinPull pull, ImagesSettings settings, ContentStore content, LayerStore layerStore, Leases leases, IActorRef layers, IActorRef store,
        IActorRef images) =>
        Akka.Actor.Props.Create(() => new PullActor(pull, settings, content, layerStore, leases, layers, store, images));

    public PullActor(
        JoinPull pull, ImagesSettings settings, ContentStore content, LayerStore layerStore, Leases leases, IActorRef layers, IActorRef store,
        IActorRef images)
    {
        _pull = pull;
        _settings = settings;
        _content = content;
        _layerStore = layerStore;
        _leases = leases;
        _layers = layers;
        _store = store;
        _images = images;
        Fetching();
    }

    protected override void PreStart()
    {
        FetchAsync(_stop.Token).PipeTo(Self, failure: e => new Failed(ReplyOf(e)));
    }

    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
        _lease?.Dispose();
        // After the lease: what this pull brought is nobody's now.
        if (_isDiskFull) _images.Tell(new CollectUnused());
    }

    private void Fetching()
    {
        ReceiveCommon();
        Receive<PulledDocuments>(documents =>
        {
            _documents = documents;
            _log.Debug("image {0}: manifest and configuration are here, {1} layers", _pull.Top.Digest, documents.Plan.Layers.Length);
            // The lease comes before the look at what is here: what is found then stays.
            _lease = _leases.Take(documents.Plan.Digests(_pull.Top.Digest));
            _store.Tell(new StoreWorkerActor.SaveDocuments(documents.Blobs));
            Become(Saving);
        });
    }

    private void Saving()
    {
        ReceiveCommon();
        Receive<StoreWorkerActor.DocumentsSaved>(_ =>
        {
            Become(Layering);
            StartLayers(_documents!.Plan);
        });
    }

    private void Layering()
    {
        ReceiveCommon();
        Receive<LayerProgress>(progress => Publish(progress.Chain, LineOf(progress)));
        Receive<LayerReady>(ready =>
        {
            Publish(ready.Chain, new PullProgress(IdOf(ready.Chain), "Pull complete", 0, 0));
            _log.Debug("image {0}: layer {1} is unpacked", _pull.Top.Digest, ready.Chain);
            _missing.Remove(ready.Chain);
            if (_missing.Count == 0) Record();
        });
        Receive<LayerFailed>(failed =>
        {
            _missing.Remove(failed.Chain);
            Fail(failed.Failure);
        });
    }

    private void Recording()
    {
        ReceiveCommon();
        Receive<LocalImage>(image =>
        {
            foreach (var subscriber in _subscribers) subscriber.Tell(new FlightDone(image, LeaseFor()));
            Context.Stop(Self);
        });
        // Another image's pull shares the layer and still reports it.
        Receive<LayerProgress>(_ => { });
    }

    private void ReceiveCommon()
    {
        Receive<JoinPull>(_ => OnJoin());
        Receive<Terminated>(gone => _subscribers.Remove(gone.ActorRef));
        Receive<Failed>(failed => Fail(failed.Reply));
        Receive<CommandFailed>(Fail);
    }

    private void OnJoin()
    {
        if (!_subscribers.Add(Sender)) return;
        Context.Watch(Sender);
        foreach (var line in _lines.Values) Sender.Tell(new FlightProgress(line));
    }

    private async Task<PulledDocuments> FetchAsync(CancellationToken cancel) =>
        await new PullDocuments(_content, _pull.Source, _pull.Platform, _settings).FetchAsync(_pull.Top, cancel).ConfigureAwait(false);

    private void StartLayers(PullPlan plan)
    {
        foreach (var step in plan.Layers)
        {
            var isHere = _layerStore.Has(step.Chain);
            if (!isHere) _missing.Add(step.Chain);
            Publish(step.Chain, new PullProgress(step.Blob.Digest.Short, isHere ? "Already exists" : "Pulling fs layer", 0, 0));
        }

        foreach (var step in plan.Layers.Where(step => _missing.Contains(step.Chain))) _layers.Tell(new EnsureLayer(step, _pull.Source));
        if (_missing.Count == 0) Record();
    }

    private void Record()
    {
        Become(Recording);
        _store.Tell(new StoreWorkerActor.RecordImage(_documents!));
    }

    private void Draining()
    {
        Receive<LayerReady>(ready => OnDrained(ready.Chain));
        Receive<LayerFailed>(failed =>
        {
            _isDiskFull |= ImageException.IsDiskFull(failed.Failure);
            OnDrained(failed.Chain);
        });
        // Sent before PullsActor knew that it is over: the request begins again when this actor has ended.
        Receive<JoinPull>(_ => Context.Stop(Self));
        ReceiveAny(_ => { });
    }

    private void Fail(CommandFailed failure)
    {
        foreach (var subscriber in _subscribers) subscriber.Tell(new FlightFailed(failure));
        _isDiskFull = ImageException.IsDiskFull(failure);
        Context.Parent.Tell(new FlightOver());
        Become(Draining);
        // Only layers that were asked for answer.
        if (_documents is null || _missing.Count == 0) Context.Stop(Self);
    }

    private void OnDrained(ChainId chain)
    {
        _missing.Remove(chain);
        if (_missing.Count == 0) Context.Stop(Self);
    }

    private void Publish(ChainId chain, PullProgress line)
    {
        _lines[chain] = line;
        foreach (var subscriber in _subscribers) subscriber.Tell(new FlightProgress(line));
    }

    /// <summary>Each request holds the image until it has given it its references.</summary>
    private IDisposable LeaseFor() => _leases.Take(_documents!.Plan.Digests(_pull.Top.Digest));

    private string IdOf(ChainId chain) => _documents!.Plan.Layers.First(step => step.Chain == chain).Blob.Digest.Short;

    private PullProgress LineOf(LayerProgress progress)
    {
        var id = IdOf(progress.Chain);
        return progress.Phase switch
        {
            LayerPhase.Waiting => new PullProgress(id, "Waiting", 0, 0),
            LayerPhase.Downloading => new PullProgress(id, "Downloading", progress.CurrentBytes, progress.TotalBytes),
            LayerPhase.Verifying => new PullProgress(id, "Verifying Checksum", 0, 0),
            LayerPhase.Downloaded => new PullProgress(id, "Download complete", 0, 0),
            _ => new PullProgress(id, "Extracting", progress.CurrentBytes, progress.TotalBytes),
        };
    }

    internal static CommandFailed ReplyOf(Exception e) => e switch
    {
        ImageException expected => expected.ToReply(),
        IOException file => ImageException.FromFile(file).ToReply(),
        OperationCanceledException => new CommandFailed(ErrorCode.Unavailable, "the node is stopping"),
        _ => new CommandFailed(ErrorCode.Internal, e.Message),
    };

    private sealed record Failed(CommandFailed Reply) : IImagesMessage;
}
