using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;
using Troupe.Networks.Resolver;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Networks.Networks;

/// <summary>
/// One bridge network: its addresses and endpoints. Journalled; the kernel's side is done by its worker.
/// <code>
/// recovering --> preparing --bridge, rules and address are there--> ready
///                 ^     |                                            |
///     after a delay     failed or overdue            the bridge was deleted by somebody
///                 |     v                                            |
///                 failed                          preparing &lt;--------+
/// </code>
/// Preparing: reservations and connections wait (bounded). Failed: they are refused with the reason. Releases and reconciliation need
/// the journal only and work everywhere.
/// | child fails with | directive | why safe | user sees |
/// |---|---|---|---|
/// | worker: anything | restart, at most 10 a minute | it has no state but its sockets | 500 for that request |
/// | worker: more often | this actor stops; the front starts it again with backoff | state is in the journal | 503 |
/// </summary>
internal sealed class NetworkActor : ReceivePersistentActor, IWithTimers
{
    private readonly NetworksSettings _settings;
    private readonly string _id;
    private readonly string _name;
    private readonly string _bridge;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _worker;
    private readonly Dictionary<long, PendingRequest> _pending = [];
    private readonly Queue<WaitingCommand> _waiting = [];
    private NetworkState _state = NetworkState.Empty;
    private HashSet<ContainerId> _recovered = [];
    private CommandFailed _refusal = new(ErrorCode.Unavailable, "");
    private IActorRef? _saver;
    private long _number;
    private int _failures;
    private bool _isSweepStale;

    public NetworkActor(NetworksSettings settings, string id, string name, string bridge, Func<INetworkKernel> open)
    {
        (_settings, _id, _name, _bridge) = (settings, id, name, bridge);
        JournalPluginId = settings.JournalPluginId;
        SnapshotPluginId = settings.SnapshotPluginId;
        PersistenceId = $"network-{id}";
        _worker = Context.Watch(Context.ActorOf(NetworkWorkerActor.Props(open, settings.Dispatcher), "kernel-worker"));
        Recover<NetworkEvent>(happened => _state = _state.Apply(happened));
        Recover<SnapshotOffer>(offer =>
        {
            if (offer.Snapshot is NetworkSnapshot snapshot) _state = NetworkState.Of(snapshot);
        });
        Recover<RecoveryCompleted>(_ => OnRecovered());
        Preparing();
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery =>
        _settings.SnapshotPluginId.Length == 0 ? new Recovery(SnapshotSelectionCriteria.None) : Recovery.Default;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NetworksSettings settings, string id, string name, string bridge, Func<INetworkKernel> open) =>
        Akka.Actor.Props.Create(() => new NetworkActor(settings, id, name, bridge, open));

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(Limits.WorkerRestartsMax, TimeSpan.FromMinutes(1), _ => Directive.Restart);

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        Context.Parent.Tell(new NetworkLost(_id, cause.Message, IsQuarantined: false));
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    // What the serializer refuses is a fault of ours: the state must not run ahead of the journal.
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        throw new InvalidOperationException($"the journal rejected {@event.GetType().Name}", cause);

    protected override void OnRecoveryFailure(Exception reason, object? message)
    {
        // A row that can't be read stays so; a journal that does not answer comes back.
        var isUnreadable = message is not null || IsSerialization(reason);
        Context.Parent.Tell(new NetworkLost(_id, reason.Message, isUnreadable));
        base.OnRecoveryFailure(reason, message);
    }

    protected override void PostStop()
    {
        _refusal = new CommandFailed(ErrorCode.Unavailable, $"network {_name} is starting again");
        _saver?.Tell(_refusal);
        _saver = null;
        foreach (var pending in _pending.Values) Refuse(pending, _refusal);
        _pending.Clear();
        RefuseWaiting();
        base.PostStop();
    }

    // Behaviours

    private void Preparing()
    {
        Always();
        Command<ReserveEndpoint>(command => Wait(new WaitingCommand(Sender, command, IsRetried: false)));
        Command<ConnectEndpoint>(command => Wait(new WaitingCommand(Sender, command, IsRetried: false)));
        Command<PoolRetryDue>(_ => RequestPool());
        Command<PrepareOverdue>(_ => FailPreparing(ErrorCode.Unavailable, "the kernel did not answer in time"));
    }

    private void Ready()
    {
        Always();
        Command<ReserveEndpoint>(OnReserve);
        Command<ConnectEndpoint>(command => OnConnect(Sender, command, isRetried: false));
        Command<SweepDue>(_ => StartSweep());
    }

    private void Failed()
    {
        Always();
        Command<ReserveEndpoint>(_ => Sender.Tell(_refusal));
        Command<ConnectEndpoint>(_ => Sender.Tell(_refusal));
        Command<PrepareRetryDue>(_ => Prepare());
    }

    // What every behaviour answers alike.
    private void Always()
    {
        Command<ReleaseEndpoint>(OnRelease);
        Command<ReconcileEndpoints>(OnReconcile);
        Command<KernelReply>(OnKernelReply);
        Command<RequestOverdue>(overdue => OnKernelReply(
            new KernelFailed(overdue.Number, ErrorCode.Unavailable, "the kernel did not answer in time", IsBridgeMissing: false)));
        Command<SaveSnapshotSuccess>(saved =>
            DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1)));
        Command<SaveSnapshotFailure>(failed => _log.Warning(failed.Cause, "network {0}: no snapshot could be saved", _name));
        Command<DeleteSnapshotsSuccess>(_ => { });
        Command<DeleteSnapshotsFailure>(failed => _log.Warning(failed.Cause, "network {0}: old snapshots could not be deleted", _name));
        Command<Terminated>(_ =>
        {
            Context.Parent.Tell(new NetworkLost(_id, "its kernel worker failed too often", IsQuarantined: false));
            Context.Stop(Self);
        });
        // A timer of the phase before.
        Command<PrepareOverdue>(_ => { }, _ => CurrentPhase != Phase.Preparing);
        Command<PoolRetryDue>(_ => { }, _ => CurrentPhase != Phase.Preparing);
        Command<PrepareRetryDue>(_ => { }, _ => CurrentPhase != Phase.Failed);
        Command<SweepDue>(_ => { }, _ => CurrentPhase != Phase.Ready);
    }

    // Preparing

    private void OnRecovered()
    {
        _recovered = [.. _state.Endpoints.Keys];
        Publish();
        Prepare();
    }

    private void Prepare()
    {
        Enter(Phase.Preparing);
        Timers.StartSingleTimer(nameof(PrepareOverdue), PrepareOverdue.Instance, Limits.PrepareDeadline);
        if (NetworkDecider.NeedsDefinition(_state, _settings))
        {
            RequestPool();
            return;
        }

        if (_settings.Bip is { } bip && bip != Gateway(_state.Definition!))
            _log.Warning("network {0} keeps {1} while containers use it; --bip {2} is taken later", _name, _state.Definition!.Subnet, bip);
        RequestBridge(_state.Definition!);
    }

    private void RequestPool()
    {
        var wish = new PoolWish(_settings.Bip, _settings.PoolsOrDefaults, _bridge, _settings.Mtu);
        Request(new PendingRequest.Preparation(), number => new ChoosePool(number, wish));
    }

    private void RequestBridge(NetworkDefinition definition)
    {
        var plan = new BridgePlan(
            _bridge, KernelNames.Table(_settings.Instance), Gateway(definition), definition.Mtu, KernelNames.VethPrefix(_settings.Instance),
            _state.Links(_settings.Instance));
        Request(new PendingRequest.Preparation(), number => new EnsureBridge(number, plan));
    }

    private void OnPrepared(KernelReply reply)
    {
        if (CurrentPhase != Phase.Preparing) return;
        switch (reply)
        {
            case PoolChosen chosen:
                var now = _settings.Clock.GetUtcNow();
                var created = NetworkDecider.Define(
                    _id, _name, _bridge, chosen.Choice, _state.Definition?.CreatedAt ?? now, Cause.Engine("network defined"), now);
                Save(Decision.Of(created), ActorRefs.Nobody, () => RequestBridge(created.Definition));
                return;
            case BridgeEnsured ensured:
                Report(ensured.Report);
                BecomeReady();
                return;
            case KernelFailed { IsBusy: true }:
                Timers.StartSingleTimer(nameof(PoolRetryDue), PoolRetryDue.Instance, Limits.PoolBusyRetry);
                return;
            case KernelFailed failed:
                FailPreparing(failed.Code, failed.Message);
                return;
        }
    }

    private void Report(BridgeReport report)
    {
        if (report.WasForwardingEnabled) _log.Warning("net.ipv4.ip_forward was off and is on now: containers need it");
        if (report.Reattached.Length > 0) _log.Warning("network {0}: links {1} were put back", _name, string.Join(' ', report.Reattached));
        _log.Info("network {0}: {1} on {2}{3}", _name, _state.Definition!.Subnet, _bridge, report.WasCreated ? " (made)" : "");
    }

    private void BecomeReady()
    {
        _failures = 0;
        Timers.Cancel(nameof(PrepareOverdue));
        Enter(Phase.Ready);
        // Links of before: what a kill left between two steps.
        StartSweep();
        while (_waiting.TryDequeue(out var waiting))
        {
            if (waiting.Command is ConnectEndpoint connect) OnConnect(waiting.Client, connect, waiting.IsRetried);
            else Self.Tell(waiting.Command, waiting.Client);
        }
    }

    private void FailPreparing(ErrorCode code, string reason)
    {
        _refusal = new CommandFailed(code, $"network {_name} is not ready: {reason}");
        _log.Error("network {0} is not ready: {1}", _name, reason);
        foreach (var number in _pending.Where(pair => pair.Value is PendingRequest.Preparation).Select(pair => pair.Key).ToArray())
            Forget(number);
        Timers.Cancel(nameof(PrepareOverdue));
        Enter(Phase.Failed);
        var delay = Limits.PrepareRetryMin * Math.Pow(2, Math.Min(_failures++, 10));
        Timers.StartSingleTimer(
            nameof(PrepareRetryDue), PrepareRetryDue.Instance, delay < Limits.PrepareRetryMax ? delay : Limits.PrepareRetryMax);
        RefuseWaiting();
    }

    private void Wait(WaitingCommand waiting)
    {
        if (_waiting.Count < Limits.WaitingCommandsMax) _waiting.Enqueue(waiting);
        else waiting.Client.Tell(new CommandFailed(ErrorCode.Unavailable, $"network {_name}: too many requests wait"));
    }

    // Commands

    private void OnReserve(ReserveEndpoint command)
    {
        var client = Sender;
        if (RefuseWhenFull(client)) return;
        var decision = NetworkDecider.Reserve(_state, command, _settings.Clock.GetUtcNow());
        Save(decision, client, () =>
        {
            // From now on it is of a run that the reconciliation's sender may not know.
            _recovered.Remove(command.Container);
            var endpoint = _state.Endpoints[command.Container].Info;
            _log.Debug("container {0}: {1} on network {2} is its address", command.Container, endpoint.Address, _name);
            Request(new PendingRequest.Reservation(client, command.Container, endpoint), number => new ReadResolver(number));
        });
    }

    private void OnConnect(IActorRef client, ConnectEndpoint command, bool isRetried)
    {
        if (RefuseWhenFull(client)) return;
        if (NetworkDecider.Connect(_state, command).Rejection is { } rejection)
        {
            client.Tell(rejection);
            return;
        }

        var endpoint = _state.Endpoints[command.Container].Info;
        var address = Ipv4.Parse(endpoint.Address);
        var plan = new LinkPlan(
            KernelNames.Veth(_settings.Instance, endpoint.EndpointId), _bridge, _state.Definition!.Mtu, NetworkKernel.Mac(address),
            new Ipv4Interface(address, endpoint.PrefixLength), Ipv4.Parse(endpoint.Gateway), command.Pid);
        Request(new PendingRequest.Connection(client, command, endpoint, isRetried), number => new ConnectLink(number, plan));
    }

    private void OnRelease(ReleaseEndpoint command)
    {
        var client = Sender;
        Save(NetworkDecider.Release(_state, command.Container, command.Cause, _settings.Clock.GetUtcNow()), client, () =>
        {
            if (!Timers.IsTimerActive(nameof(SweepDue)))
                Timers.StartSingleTimer(nameof(SweepDue), SweepDue.Instance, Limits.SweepDelay);
            client.Tell(CommandDone.Instance);
        });
    }

    private void OnReconcile(ReconcileEndpoints command)
    {
        var client = Sender;
        var decision = NetworkDecider.Reconcile(
            _state, command.Running.ToHashSet(), _recovered, Cause.Engine("reconcile"), _settings.Clock.GetUtcNow());
        Save(decision, client, () =>
        {
            _recovered.Clear();
            if (decision.Events.Count > 0)
                _log.Warning("network {0}: {1} endpoints of containers that do not run were released", _name, decision.Events.Count);
            // When not ready: the sweep that comes with readiness does it.
            if (CurrentPhase == Phase.Ready) StartSweep();
            client.Tell(CommandDone.Instance);
        });
    }

    // The worker's replies

    private void OnKernelReply(KernelReply reply)
    {
        // Overdue and given up: what came of it is found by the next sweep.
        if (!_pending.TryGetValue(reply.Number, out var pending)) return;
        Forget(reply.Number);
        switch (pending)
        {
            case PendingRequest.Preparation: OnPrepared(reply); break;
            case PendingRequest.Reservation reservation: OnResolver(reservation, reply); break;
            case PendingRequest.Connection connection: OnConnection(connection, reply); break;
            case PendingRequest.Sweep: OnSwept(reply); break;
        }
    }

    private void OnResolver(PendingRequest.Reservation reservation, KernelReply reply)
    {
        if (reply is not ResolverRead read)
        {
            Refuse(reservation, Rejection(reply));
            return;
        }

        var resolver = read.Resolver;
        reservation.Client.Tell(new EndpointReserved(
            reservation.Container, reservation.Endpoint, _state.Definition!.Mtu, resolver.Servers, resolver.Search, resolver.Options));
    }

    private void OnConnection(PendingRequest.Connection connection, KernelReply reply)
    {
        if (reply is KernelFailed { IsBridgeMissing: true } && !connection.IsRetried)
        {
            _log.Warning("network {0}: bridge {1} is gone and is made again", _name, _bridge);
            Wait(new WaitingCommand(connection.Client, connection.Command, IsRetried: true));
            if (CurrentPhase == Phase.Ready) Prepare();
            return;
        }

        if (reply is not LinkConnected)
        {
            Refuse(connection, Rejection(reply));
            return;
        }

        var container = connection.Command.Container;
        var decision = NetworkDecider.Connected(
            _state, container, connection.Endpoint.EndpointId, connection.Command.Cause, _settings.Clock.GetUtcNow());
        Save(decision, connection.Client, () =>
        {
            _log.Debug("container {0}: connected to network {1} with {2}", container, _name, connection.Endpoint.Address);
            var isStill = _state.Endpoints.TryGetValue(container, out var endpoint) && endpoint.Info == connection.Endpoint;
            connection.Client.Tell(isStill
                ? new EndpointConnected(container, connection.Endpoint)
                : new CommandFailed(ErrorCode.Conflict, $"the endpoint of container {container.Short} was released meanwhile"));
        });
    }

    // A sweep knows the owners of the moment it was asked for; what was released since needs another one after it.
    private void StartSweep()
    {
        _isSweepStale = _pending.Values.Any(pending => pending is PendingRequest.Sweep);
        if (_isSweepStale) return;
        var plan = new SweepPlan(_bridge, KernelNames.VethPrefix(_settings.Instance), _state.Links(_settings.Instance));
        Request(new PendingRequest.Sweep(), number => new SweepLinks(number, plan));
    }

    private void OnSwept(KernelReply reply)
    {
        if (reply is LinksSwept { Deleted.Length: > 0 } swept)
            _log.Warning("network {0}: links {1} belonged to nobody and were deleted", _name, string.Join(' ', swept.Deleted));
        if (reply is KernelFailed failed) _log.Warning("network {0}: leaked links could not be looked for: {1}", _name, failed.Message);
        if (_isSweepStale && CurrentPhase == Phase.Ready) StartSweep();
    }

    // Parts

    private Phase CurrentPhase { get; set; } = Phase.Preparing;

    private void Enter(Phase phase)
    {
        CurrentPhase = phase;
        Become(phase switch
        {
            Phase.Preparing => Preparing,
            Phase.Ready => Ready,
            _ => Failed,
        });
    }

    // Precondition: not within another Save. Persists, applies, publishes, then goes on; a rejection is the client's answer.
    private void Save(Decision decision, IActorRef client, Action then)
    {
        if (decision.Rejection is { } rejection)
        {
            client.Tell(rejection);
            return;
        }

        var missing = decision.Events.Count;
        if (missing == 0)
        {
            then();
            return;
        }

        _saver = client;
        PersistAll(decision.Events, happened =>
        {
            _state = _state.Apply(happened);
            if (--missing > 0) return;
            _saver = null;
            Publish();
            then();
            SaveSnapshotWhenDue(decision.Events.Count);
        });
    }

    private void SaveSnapshotWhenDue(int events)
    {
        if (_settings.SnapshotPluginId.Length == 0) return;
        if (LastSequenceNr / Limits.SnapshotEveryEvents == (LastSequenceNr - events) / Limits.SnapshotEveryEvents) return;
        if (_state.Snapshot() is { } snapshot) SaveSnapshot(snapshot);
    }

    private void Publish() => Context.Parent.Tell(new NetworkChanged(_id, _state));

    private void Request(PendingRequest pending, Func<long, KernelRequest> request)
    {
        var number = ++_number;
        _pending.Add(number, pending);
        Timers.StartSingleTimer(number, new RequestOverdue(number), Limits.KernelDeadline);
        _worker.Tell(request(number));
    }

    private void Forget(long number)
    {
        _pending.Remove(number);
        Timers.Cancel(number);
    }

    private bool RefuseWhenFull(IActorRef client)
    {
        if (_pending.Count < Limits.PendingRequestsMax) return false;
        client.Tell(new CommandFailed(ErrorCode.Unavailable, $"network {_name}: too many requests are under way"));
        return true;
    }

    private void RefuseWaiting()
    {
        while (_waiting.TryDequeue(out var waiting)) waiting.Client.Tell(_refusal);
    }

    private static void Refuse(PendingRequest pending, CommandFailed refusal)
    {
        if (pending is PendingRequest.Reservation reservation) reservation.Client.Tell(refusal);
        if (pending is PendingRequest.Connection connection) connection.Client.Tell(refusal);
    }

    private CommandFailed Rejection(KernelReply reply) => reply is KernelFailed failed
        ? new CommandFailed(failed.Code, $"network {_name}: {failed.Message}")
        : new CommandFailed(ErrorCode.Internal, $"network {_name}: unexpected {reply.GetType().Name}");

    private static Ipv4Interface Gateway(NetworkDefinition definition) =>
        new(Ipv4.Parse(definition.Gateway), Ipv4Subnet.Parse(definition.Subnet).PrefixLength);

    private static bool IsSerialization(Exception? reason) =>
        reason is not null && (reason is System.Runtime.Serialization.SerializationException || IsSerialization(reason.InnerException));

    private enum Phase
    {
        Preparing,
        Ready,
        Failed,
    }

    private sealed record RequestOverdue(long Number);

    private sealed record PrepareOverdue
    {
        public static readonly PrepareOverdue Instance = new();
    }

    private sealed record PoolRetryDue
    {
        public static readonly PoolRetryDue Instance = new();
    }

    private sealed record PrepareRetryDue
    {
        public static readonly PrepareRetryDue Instance = new();
    }

    private sealed record SweepDue
    {
        public static readonly SweepDue Instance = new();
    }
}
