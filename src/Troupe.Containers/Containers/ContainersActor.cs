using Akka.Actor;
using Akka.Event;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Containers.Containers;

/// <summary>
/// Front of the node's containers, <c>/user/daemon/containers</c>: makes a <see cref="ContainerActor"/> for every container that the journal
/// knows or that is admitted, and routes commands by id. Commands for one that is still recovering wait, bounded; the others are
/// served meanwhile, and lists come from the index without asking anyone here.
/// <list type="table">
/// <listheader><term>child fails with</term><description>directive, why safe, what the user sees</description></listheader>
/// <item><term>any exception; journal can't be written</term><description>stop, made again after 1 s..30 s: its state is in the journal, its
/// process in the shim. 503 meanwhile, and for the command that was under way.</description></item>
/// <item><term>journal can't be read</term><description>the same.</description></item>
/// <item><term>a row that can't be decoded</term><description>stop, not made again before the next start of the node (quarantine): trying again
/// does not help, and nothing may be guessed. 500 that names the reason; the container runs on.</description></item>
/// </list>
/// </summary>
internal sealed class ContainersActor : ReceiveActor, IWithTimers, IDisposable
{
    private readonly ContainersParts _parts;
    private readonly ContainersNeighbours _neighbours;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<ContainerId, Entry> _entries = [];
    private readonly Queue<(ContainerCommand Command, IActorRef From)> _early = new();
    private int _catalogFailures;
    private int _buffered;
    private bool _isReconciled;

    public static Props Props(ContainersParts parts, ContainersNeighbours neighbours) =>
        Akka.Actor.Props.Create(() => new ContainersActor(parts, neighbours));

    public ContainersActor(ContainersParts parts, ContainersNeighbours neighbours)
    {
        _parts = parts;
        _neighbours = neighbours;
        Loading();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart() => LoadCatalog();

    protected override void PostStop() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();

    // Behaviours

    private void Loading()
    {
        Receive<CatalogRead>(read => OnCatalog(read.Ids));
        Receive<CatalogFailed>(OnCatalogFailed);
        Receive<CatalogDue>(_ => LoadCatalog());
        Receive<ContainerCommand>(c =>
        {
            if (_early.Count < Limits.CommandsRecoveringTotalMax) _early.Enqueue((c, Sender));
            else Sender.Tell(new CommandFailed(ErrorCode.Unavailable, "the node is starting"));
        });
    }

    private void Serving()
    {
        Receive<ContainerCommand>(c => Route(c, Sender));
        Receive<ContainerRecovered>(OnRecovered);
        Receive<ContainerRecoveryFailed>(OnRecoveryFailed);
        Receive<ContainerEnding>(OnEnding);
        Receive<ContainerGone>(OnGone);
        Receive<Terminated>(t => OnTerminated(t.ActorRef));
        Receive<RestartDue>(due => OnRestartDue(due.Id));
    }

    // Catalogue

    private void LoadCatalog() => _parts.Catalog.ListAsync(_stopping.Token).PipeTo(
        Self, success: ids => new CatalogRead(ids), failure: e => new CatalogFailed(e.Message));

    private void OnCatalogFailed(CatalogFailed failed)
    {
        var pause = Delays.Backoff(_catalogFailures++);
        _log.Error("the journal's containers can't be listed ({0}); trying again in {1}", failed.Reason, pause);
        Timers.StartSingleTimer(CatalogDue.Key, new CatalogDue(), pause);
    }

    /// <summary>The journal bounds how many of them recover at once.</summary>
    private void OnCatalog(IReadOnlyList<ContainerId> ids)
    {
        Become(Serving);
        foreach (var id in ids) Make(id, isKnown: true);
        while (_early.TryDequeue(out var next)) Route(next.Command, next.From);
        ReconcileWhenAllKnown();
    }

    private Entry Make(ContainerId id, bool isKnown)
    {
        var entry = new Entry(Context.ActorOf(ContainerActor.Props(id, _parts, _neighbours), id.Hex), isKnown);
        Context.Watch(entry.Ref);
        return _entries[id] = entry;
    }

    // Routing

    private void Route(ContainerCommand command, IActorRef from)
    {
        if (!_entries.TryGetValue(command.Id, out var entry))
        {
            if (command is not AdmitContainer)
            {
                from.Tell(new CommandFailed(ErrorCode.NotFound, DockerWords.NoSuchContainer(command.Id)));
                return;
            }

            entry = Make(command.Id, isKnown: false);
        }

        if (command is StartContainer) entry.MayRun = true;
        switch (entry.Phase)
        {
            case Phase.Ready:
                entry.Ref.Tell(command, from);
                break;
            case Phase.Quarantined:
                from.Tell(new CommandFailed(
                    ErrorCode.Internal, $"the journal of container {command.Id} can't be read: {entry.Reason}"));
                break;
            case Phase.Leaving when command is not AdmitContainer:
                from.Tell(new CommandFailed(ErrorCode.NotFound, DockerWords.NoSuchContainer(command.Id)));
                break;
            default:
                Buffer(entry, command, from);
                break;
        }
    }

    private void Buffer(Entry entry, ContainerCommand command, IActorRef from)
    {
        if (entry.Waiting.Count >= Limits.CommandsRecoveringMax || _buffered >= Limits.CommandsRecoveringTotalMax)
        {
            from.Tell(new CommandFailed(ErrorCode.Unavailable, $"container {command.Id} is being recovered, try again"));
            return;
        }

        _buffered++;
        entry.Waiting.Enqueue((command, from));
    }

    private void Drain(Entry entry, Action<ContainerCommand, IActorRef> handle)
    {
        while (entry.Waiting.TryDequeue(out var next))
        {
            _buffered--;
            handle(next.Command, next.From);
        }
    }

    // Children's lives

    private void OnRecovered(ContainerRecovered recovered)
    {
        if (EntryOf(recovered.Id) is not { } entry) return;
        entry.Phase = Phase.Ready;
        entry.Failures = 0;
        entry.MayRun |= recovered.MayRun;
        Drain(entry, (command, from) => entry.Ref.Tell(command, from));
        ReconcileWhenAllKnown();
    }

    private void OnRecoveryFailed(ContainerRecoveryFailed failed)
    {
        if (EntryOf(failed.Id) is not { } entry) return;
        entry.Reason = failed.Reason;
        entry.MayRun = true; // nobody knows, so nothing of it is taken away
        if (!failed.Permanent) return;
        _log.Error("container {0} is quarantined, its journal can't be read: {1}", failed.Id, failed.Reason);
        entry.Phase = Phase.Quarantined;
        Drain(entry, Route);
        ReconcileWhenAllKnown();
    }

    private void OnEnding(ContainerEnding ending)
    {
        if (EntryOf(ending.Id) is not { } entry) return;
        entry.Reason = ending.Reason;
        entry.Phase = Phase.Recovering;
    }

    /// <summary>Commands that the child has already in its mailbox are still answered by it.</summary>
    private void OnGone(ContainerGone gone)
    {
        if (EntryOf(gone.Id) is not { } entry) return;
        entry.Phase = Phase.Leaving;
        entry.Ref.Tell(PoisonPill.Instance);
        ReconcileWhenAllKnown();
    }

    private Entry? EntryOf(ContainerId id) =>
        _entries.TryGetValue(id, out var entry) && entry.Ref.Equals(Sender) ? entry : null;

    private void OnTerminated(IActorRef who)
    {
        if (!ContainerId.TryParse(who.Path.Name, out var id)) return;
        if (!_entries.TryGetValue(id, out var entry) || !entry.Ref.Equals(who)) return;
        switch (entry.Phase)
        {
            case Phase.Leaving:
                _entries.Remove(id);
                Drain(entry, Route);
                break;
            case Phase.Quarantined:
                break;
            default:
                var pause = Delays.Backoff(entry.Failures++);
                _log.Warning("the actor of container {0} ended ({1}); made again in {2}", id, entry.Reason, pause);
                entry.Phase = Phase.Recovering;
                Timers.StartSingleTimer(id, new RestartDue(id), pause);
                break;
        }
    }

    private void OnRestartDue(ContainerId id)
    {
        if (!_entries.TryGetValue(id, out var entry)) return;
        entry.Ref = Context.ActorOf(ContainerActor.Props(id, _parts, _neighbours), id.Hex);
        Context.Watch(entry.Ref);
    }

    // Reconciliation of the neighbours

    /// <summary>
    /// Once, when every container of the catalogue has told what it is: the neighbours remove what belongs to nobody. A container
    /// whose start was routed here before counts as running, and a reservation can't overtake this message.
    /// </summary>
    private void ReconcileWhenAllKnown()
    {
        if (_isReconciled || _entries.Values.Any(e => e is { IsFromCatalog: true, Phase: Phase.Recovering })) return;
        _isReconciled = true;
        var there = _entries.Where(e => e.Value.Phase != Phase.Leaving).ToList();
        _neighbours.Images.Tell(new ReconcileSnapshots([.. there.Select(e => e.Key)]));
        _neighbours.Networks.Tell(new ReconcileEndpoints([.. there.Where(e => e.Value.MayRun).Select(e => e.Key)]));
    }

    private enum Phase
    {
        Recovering = 0,
        Ready = 1,
        Leaving = 2,
        Quarantined = 3,
    }

    private sealed class Entry(IActorRef actor, bool isFromCatalog)
    {
        public IActorRef Ref { get; set; } = actor;

        public bool IsFromCatalog { get; } = isFromCatalog;

        public Phase Phase { get; set; }

        public bool MayRun { get; set; }

        public int Failures { get; set; }

        public string Reason { get; set; } = "";

        public Queue<(ContainerCommand Command, IActorRef From)> Waiting { get; } = new();
    }

    private sealed record CatalogRead(IReadOnlyList<ContainerId> Ids);

    private sealed record CatalogFailed(string Reason);

    private sealed record CatalogDue
    {
        public const string Key = "catalog";
    }

    private sealed record RestartDue(ContainerId Id);
}
