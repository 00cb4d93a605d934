using Akka.Actor;
using Troupe.Images.Pulls;
using Troupe.Protocol;
using Troupe.Specs;

namespace Troupe.Images.Layers;

/// <summary>
/// All layers that are coming in, of all pulls: each chain id once, a bounded number at a time, each unpacked without waiting for the
/// layers below; only the last step, which takes over what lower layers say about directories, runs in their order.
/// <code>
///   EnsureLayer -> Queued -> Unpacking (worker) -> Unpacked -> [parent ready] -> Settling (worker) -> LayerReady
///                               |                                 | parent failed
///                               +-> LayerFailed                   +-> LayerFailed
/// </code>
/// | child fails with | directive | why safe | user sees |
/// |---|---|---|---|
/// | a worker: anything unexpected | restart | what it made is an ingest directory, swept at the next start | the pull fails, internal error |
/// </summary>
#pragma warning disable CA1001 // PostStop disposes the source.
internal sealed class LayersActor : ReceiveActor
#pragma warning restore CA1001
{
    private readonly LayerStore _store;
    private readonly IActorRef _disk;
    private readonly Dictionary<ChainId, LayerFlight> _flights = [];
    private readonly Queue<ChainId> _queue = [];
    private readonly Queue<IActorRef> _idle = [];
    private readonly CancellationTokenSource _stop = new();

    public static Props Props(LayerStore store, IActorRef disk, Func<CancellationToken, Props> worker, int workers) =>
        Akka.Actor.Props.Create(() => new LayersActor(store, disk, worker, workers));

    public LayersActor(LayerStore store, IActorRef disk, Func<CancellationToken, Props> worker, int workers)
    {
        _store = store;
        _disk = disk;
        Context.ActorOf(CancelOnStopActor.Props(_stop), "stop");
        for (var i = 0; i < workers; i++) _idle.Enqueue(Context.ActorOf(worker(_stop.Token), $"worker-{i}"));
        Receive<EnsureLayer>(OnEnsure);
        Receive<LayerProgress>(progress => Publish(progress.Chain, progress));
        Receive<LayerWorkerActor.Unpacked>(OnUnpacked);
        Receive<LayerWorkerActor.Settled>(OnSettled);
        Receive<LayerWorkerActor.Broken>(OnBroken);
    }

    protected override void PostStop() => _stop.Dispose();

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

    private void OnEnsure(EnsureLayer message)
    {
        if (_flights.TryGetValue(message.Step.Chain, out var flight))
        {
            flight.Subscribers.Add(Sender);
            return;
        }

        flight = new LayerFlight(message.Step, message.Source);
        flight.Subscribers.Add(Sender);
        _flights.Add(message.Step.Chain, flight);
        _queue.Enqueue(message.Step.Chain);
        if (_idle.Count == 0) Publish(message.Step.Chain, new LayerProgress(message.Step.Chain, LayerPhase.Waiting, 0, 0));
        StartNext();
    }

    private void StartNext()
    {
        while (_idle.Count > 0 && _queue.TryDequeue(out var chain))
        {
            var flight = _flights[chain];
            var worker = _idle.Dequeue();
            if (flight.Unpacked is { } unpacked) worker.Tell(new LayerWorkerActor.Settle(flight.Step, unpacked));
            else worker.Tell(new LayerWorkerActor.Unpack(flight.Step, flight.Source));
        }
    }

    private void OnUnpacked(LayerWorkerActor.Unpacked message)
    {
        _idle.Enqueue(Sender);
        _flights[message.Chain].Unpacked = message;
        SettleIfParentIsReady(message.Chain);
        StartNext();
    }

    private void SettleIfParentIsReady(ChainId chain)
    {
        var flight = _flights[chain];
        if (flight.Unpacked is null || flight.IsSettling) return;
        if (flight.Step.Parent is { } parent)
        {
            if (_flights.ContainsKey(parent)) return;
            if (!_store.Has(parent))
            {
                Fail(chain, new CommandFailed(ErrorCode.Internal, $"the layer below {chain} failed"));
                return;
            }
        }

        flight.IsSettling = true;
        _queue.Enqueue(chain);
    }

    private void OnSettled(LayerWorkerActor.Settled message)
    {
        _idle.Enqueue(Sender);
        End(message.Chain, new LayerReady(message.Chain));
        StartNext();
    }

    private void OnBroken(LayerWorkerActor.Broken message)
    {
        _idle.Enqueue(Sender);
        Fail(message.Chain, message.Failure);
        StartNext();
    }

    /// <summary>What stands on a failed layer fails with its reason.</summary>
    private void Fail(ChainId chain, CommandFailed failure)
    {
        if (_flights.GetValueOrDefault(chain)?.Unpacked is { } unpacked) _disk.Tell(new DiskWorkerActor.DeleteTrash(unpacked.Directory));
        End(chain, new LayerFailed(chain, failure));
    }

    private void End(ChainId chain, IImagesMessage answer)
    {
        if (!_flights.Remove(chain, out var flight)) return;
        foreach (var subscriber in flight.Subscribers) subscriber.Tell(answer);
        foreach (var child in _flights.Values.Where(f => f.Step.Parent == chain).Select(f => f.Step.Chain).ToList()) SettleIfParentIsReady(child);
    }

    private void Publish(ChainId chain, LayerProgress progress)
    {
        if (!_flights.TryGetValue(chain, out var flight)) return;
        foreach (var subscriber in flight.Subscribers) subscriber.Tell(progress);
    }

    private sealed class LayerFlight(LayerStep step, Registry.IImageSource source)
    {
        public LayerStep Step { get; } = step;

        public Registry.IImageSource Source { get; } = source;

        public HashSet<IActorRef> Subscribers { get; } = [];

        public LayerWorkerActor.Unpacked? Unpacked { get; set; }

        public bool IsSettling { get; set; }
    }
}
