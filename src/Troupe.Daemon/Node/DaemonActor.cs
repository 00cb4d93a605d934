using Akka.Actor;
using Akka.Event;
using Troupe.Containers.Containers;
using Troupe.Daemon.Scheduling;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Daemon.Node;

/// <summary>Asks the node's agent for the scheduler's proxy, which other fronts send to.</summary>
internal sealed record GetScheduler;

internal sealed record SchedulerProxy(IActorRef Ref);

/// <summary>Makes a front actor in its place of the tree. Answered by its <see cref="IActorRef"/>. From the composition root only.</summary>
internal sealed record MakeChild(Props Props, string Name);

/// <summary>The fronts are there: creations can begin. Sent once by the composition root.</summary>
internal sealed record ConnectFronts(IActorRef Containers, IActorRef Images);

/// <summary>
/// <c>/user/daemon</c>, the node's agent: owns the way to the scheduler, carries out creations (one short-lived
/// <see cref="CreationActor"/> each), and gives back placements that came to nothing.
/// </summary>
/// <remarks>
/// | child fails with | directive | why safe | user sees |
/// |---|---|---|---|
/// | a creation: any exception | stop | its placement is given back by the reconciliation | 500, or 503 after its deadline |
/// | containers, networks: any exception | restart | their state is in the journal, the kernel and the shims | 503 for requests under way |
/// | scheduler manager, proxy: any exception | restart | state is in the journal, the proxy has none | a wait of some 100 ms |
/// </remarks>
internal sealed class DaemonActor : ReceiveActor, IWithTimers
{
    private readonly NodeParts _parts;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly DateTimeOffset _startedAt;
    private readonly HashSet<ContainerId> _creating = [];
    private IActorRef _scheduler = ActorRefs.Nobody;
    private ConnectFronts? _fronts;

    public static Props Props(NodeParts parts) => Akka.Actor.Props.Create(() => new DaemonActor(parts));

    public DaemonActor(NodeParts parts)
    {
        _parts = parts;
        _startedAt = parts.Time.GetUtcNow();
        Receive<GetScheduler>(_ => Sender.Tell(new SchedulerProxy(_scheduler)));
        Receive<MakeChild>(make => Sender.Tell(Context.ActorOf(make.Props, make.Name)));
        Receive<ConnectFronts>(OnConnect);
        Receive<SchedulerCommand>(c => _scheduler.Forward(c));
        Receive<CreateContainer>(OnCreate);
        Receive<Terminated>(ended => _creating.RemoveWhere(id => ended.ActorRef.Path.Name == NameOf(id)));
        Receive<ReconcileDue>(_ => OnReconcileDue());
        Receive<Orphans>(OnOrphans);
        Receive<Status.Failure>(f => _log.Warning(f.Cause, "Placements were not compared with the journal; tried again later"));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Context.ActorOf(SchedulerSingleton.Manager(Context.System, _parts.NodeId, _parts.Time), SchedulerSingleton.ManagerName);
        _scheduler = Context.ActorOf(
            SchedulerSingleton.Proxy(Context.System, $"{Self.Path.ToStringWithoutAddress()}/{SchedulerSingleton.ManagerName}"),
            SchedulerSingleton.ProxyName);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        maxNrOfRetries: 10, withinTimeRange: TimeSpan.FromMinutes(1),
        error => Sender.Path.Name.StartsWith(CreationPrefix, StringComparison.Ordinal)
            ? Directive.Stop
            : Akka.Actor.SupervisorStrategy.DefaultDecider.Decide(error));

    private void OnConnect(ConnectFronts fronts)
    {
        _fronts = fronts;
        Timers.StartPeriodicTimer(nameof(ReconcileDue), ReconcileDue.Instance, TimeSpan.Zero, Limits.IntervalReconcile);
    }

    private void OnCreate(CreateContainer command)
    {
        if (_fronts is null)
        {
            Sender.Tell(new CommandFailed(ErrorCode.Unavailable, "the node is starting, try again"));
            return;
        }

        if (_creating.Count >= Limits.CreationsMax || !_creating.Add(command.Id))
        {
            Sender.Tell(new CommandFailed(ErrorCode.ResourceExhausted, "too many containers are being created, try again"));
            return;
        }

        var creation = Context.ActorOf(
            CreationActor.Props(command, Sender, new CreationNeighbours(_scheduler, _fronts.Containers, _fronts.Images)), NameOf(command.Id));
        Context.Watch(creation);
    }

    /// <summary>
    /// A placement without a container is one whose creation was cut off by a crash, or whose release got lost. Judged only when it is
    /// older than this start or old enough: a younger one may be under way.
    /// </summary>
    private void OnReconcileDue() => FindOrphansAsync(_parts, _scheduler, _startedAt).PipeTo(Self);

    private static async Task<Orphans> FindOrphansAsync(NodeParts parts, IActorRef scheduler, DateTimeOffset startedAt)
    {
        using var deadline = new CancellationTokenSource(Limits.TimeoutStart);
        var ask = new ListPlacements(Cause.Engine("reconcile placements"), parts.NodeId);
        var placements = await scheduler.Ask<Placements>(ask, Timeout.InfiniteTimeSpan, deadline.Token).ConfigureAwait(false);
        // In this order: a container admitted after the placements were listed is in none of the two lists.
        var known = (await parts.Catalog.ListAsync(deadline.Token).ConfigureAwait(false)).ToHashSet();
        var judged = parts.Time.GetUtcNow() - Limits.IntervalReconcile;
        return new Orphans([.. placements.Items
            .Where(p => !known.Contains(p.Container) && (p.At < startedAt || p.At < judged))
            .Select(p => p.Container)]);
    }

    private void OnOrphans(Orphans orphans)
    {
        foreach (var id in orphans.Containers.Where(id => !_creating.Contains(id)))
        {
            _log.Info("Placement of {0} has no container: its name is free again", id);
            _scheduler.Tell(new ReleasePlacement(Cause.Engine("reconcile placements"), id), ActorRefs.NoSender);
        }
    }

    private const string CreationPrefix = "create-";

    private static string NameOf(ContainerId id) => CreationPrefix + id.Hex;

    private sealed record ReconcileDue
    {
        public static ReconcileDue Instance { get; } = new();
    }

    private sealed record Orphans(ContainerId[] Containers);
}

/// <summary>What the node's agent needs from the process host.</summary>
internal sealed record NodeParts(string NodeId, TimeProvider Time, IContainerCatalog Catalog);
