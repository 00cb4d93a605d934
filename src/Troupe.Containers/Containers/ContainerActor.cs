using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Troupe.Containers.Creation;
using Troupe.Containers.Tasks;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Containers;

/// <summary>
/// One container: a thin shell around <see cref="ContainerDecider"/> and <see cref="ContainerEvents"/>. What it may do in which
/// status is their table (<see cref="ContainerLifecycle"/> has the picture); the shell's own behaviours are:
/// <code>
///   recovering --(no events)--> Absent --admit--> Admitting --image known, created persisted--> Present
///              --(events)-----> Present (reconciles with the kernel)            Present --removed persisted--> Gone
/// </code>
/// Always in this order: persist, apply, publish to the index, act, reply. Nothing is done in the world during recovery. It never
/// waits: the task answers with reports, each of them bounded by the task's own deadlines.
/// </summary>
internal sealed class ContainerActor : ReceivePersistentActor, IWithTimers
{
    private readonly ContainerId _id;
    private readonly ContainersParts _parts;
    private readonly ContainersNeighbours _neighbours;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ContainerWaiters _waiters;
    private readonly Queue<(ContainerCommand Command, IActorRef From)> _deferred = new();
    private readonly List<IActorRef> _stoppers = [];
    private readonly TaskRequests _inFlight;
    private ContainerState? _state;
    private Cause _cause = Cause.Engine("recovery");
    private IActorRef? _starter;
    private IActorRef? _remover;
    private (AdmitContainer Command, IActorRef From)? _admission;
    private string[] _warnings = [];
    private int _sinceSnapshot;
    private long _lastSnapshot;
    private DateTimeOffset? _stopDue;
    private int _tasksLost;

    public static Props Props(ContainerId id, ContainersParts parts, ContainersNeighbours neighbours) =>
        Akka.Actor.Props.Create(() => new ContainerActor(id, parts, neighbours));

    public ContainerActor(ContainerId id, ContainersParts parts, ContainersNeighbours neighbours)
    {
        _id = id;
        _parts = parts;
        _neighbours = neighbours;
        _waiters = new ContainerWaiters(id);
        _inFlight = new TaskRequests(id);
        PersistenceId = PersistenceIdOf(id);
        JournalPluginId = parts.Settings.JournalPluginId;
        SnapshotPluginId = parts.Settings.SnapshotPluginId;
        Recover<SnapshotOffer>(offer => _state = offer.Snapshot as ContainerState);
        Recover<ContainerEvent>(e => _state = ContainerEvents.Apply(_state, e));
        Recover<RecoveryCompleted>(_ => OnRecovered());
        Absent();
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    public static string PersistenceIdOf(ContainerId id) => "container-" + id.Hex;

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        base.OnRecoveryFailure(reason, message);
        Context.Parent.Tell(new ContainerRecoveryFailed(
            _id, Permanent: message is not null || reason is SerializationException, reason.Message));
    }

    /// <summary>The journal refused one event (it can't be written as it is); nothing changed, and the sender hears it.</summary>
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistRejected(cause, @event, sequenceNr);
        Sender.Tell(new CommandFailed(ErrorCode.Internal, $"the journal refused {@event.GetType().Name}: {cause.Message}"));
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistFailure(cause, @event, sequenceNr);
        Context.Parent.Tell(new ContainerEnding(_id, cause.Message)); // before the reply: what its reader sends next finds the front informed
        Sender.Tell(new CommandFailed(ErrorCode.Unavailable, $"the journal can't be written: {cause.Message}"));
    }

    /// <summary>Nobody is left waiting for an actor that is not there any more.</summary>
    protected override void PostStop()
    {
        var failure = new CommandFailed(ErrorCode.Unavailable, $"container {_id} is being recovered, try again");
        IActorRef?[] waiting =
        [
            _starter, _remover, _admission?.From, .. _stoppers, .. _deferred.Select(d => d.From),
            .. _inFlight.Askers, .. _waiters.Clear(),
        ];
        foreach (var who in waiting) who?.Tell(failure);
        base.PostStop();
    }

    // Behaviours

    private void Absent()
    {
        Command<AdmitContainer>(OnAdmit);
        Command<ContainerCommand>(c =>
        {
            Sender.Tell(new CommandFailed(ErrorCode.NotFound, DockerWords.NoSuchContainer(c.Id)));
            Context.Parent.Tell(new ContainerGone(_id));
        });
        Common();
    }

    private void Admitting()
    {
        Command<ImageView>(OnImage);
        Command<CommandFailed>(failure => Refuse(failure));
        Command<ImageOverdue>(_ => Refuse(new CommandFailed(ErrorCode.Unavailable, "the image did not answer in time")));
        Command<ContainerCommand>(c => Defer(c, Sender));
        Common();
    }

    private void Present()
    {
        Command<ContainerCommand>(c => OnCommand(c, Sender));
        Command<TaskAnswered>(OnTaskAnswered);
        Command<TaskReport>(OnTaskReport);
        Command<TaskLost>(_ => OnTaskLost());
        Command<ReconcileDue>(_ => Reconcile());
        Command<StopOverdue>(OnStopOverdue);
        Command<KillOverdue>(OnKillOverdue);
        Common();
    }

    private void Gone()
    {
        Command<ContainerCommand>(c => Sender.Tell(new CommandFailed(ErrorCode.NotFound, DockerWords.NoSuchContainer(c.Id))));
        Command<CommandDone>(_ => AnswerRemover());
        Command<CommandFailed>(_ => AnswerRemover());
        Command<ReleaseOverdue>(_ => AnswerRemover());
        Common();
    }

    private void Common()
    {
        Command<Terminated>(t => _waiters.Remove(t.ActorRef));
        Command<SaveSnapshotSuccess>(OnSnapshotSaved);
        Command<SaveSnapshotFailure>(f => _log.Warning("snapshot of {0} failed: {1}", _id, f.Cause.Message));
        Command<DeleteSnapshotsSuccess>(_ => { });
        Command<DeleteSnapshotsFailure>(f => _log.Warning("old snapshots of {0} remain: {1}", _id, f.Cause.Message));
        CommandAny(_ => { }); // late answers and reports of a status that is over
    }

    // Creation

    private void OnAdmit(AdmitContainer command)
    {
        _admission = (command, Sender);
        _neighbours.Images.Tell(new ResolveImage(command.ImageId.ToString()));
        Timers.StartSingleTimer(ImageOverdue.Key, new ImageOverdue(), Limits.TimeoutResolveImage);
        Become(Admitting);
    }

    private void OnImage(ImageView image)
    {
        var (command, from) = _admission!.Value;
        Timers.Cancel(ImageOverdue.Key);
        var merged = Merge(command, image);
        if ((merged.Failure ?? SpecChecks.Check(merged.Spec)) is { } failure)
        {
            Refuse(failure);
            return;
        }

        _admission = null;
        Become(Present);
        _warnings = merged.Warnings;
        OnCommand(command with { Spec = merged.Spec }, from);
        ResumeDeferred();
    }

    private MergedSpec Merge(AdmitContainer command, ImageView image)
    {
        try
        {
            return ImageConfigMerge.Merge(_id, command.Spec, image.Config.Span);
        }
        catch (System.Text.Json.JsonException e)
        {
            return new MergedSpec(command.Spec, [], new CommandFailed(
                ErrorCode.Internal, $"the configuration of image {image.Id} can't be read: {e.Message}"));
        }
    }

    private void Refuse(CommandFailed failure)
    {
        Timers.Cancel(ImageOverdue.Key);
        _admission!.Value.From.Tell(failure);
        _admission = null;
        Become(Absent);
        foreach (var (_, from) in _deferred) from.Tell(failure);
        _deferred.Clear();
        Context.Parent.Tell(new ContainerGone(_id));
    }

    // Commands

    private DateTimeOffset Now => _parts.Time.GetUtcNow();

    private void OnCommand(ContainerCommand command, IActorRef from)
    {
        if (command is StopContainer or KillContainer && _stoppers.Count >= Limits.StoppersMax)
        {
            from.Tell(new CommandFailed(ErrorCode.Unavailable, DockerWords.Busy(_id)));
            return;
        }

        switch (ContainerDecider.Decide(_state, command, Now))
        {
            case Rejected rejected:
                from.Tell(rejected.Failure);
                break;
            case Deferred:
                Defer(command, from);
                break;
            case Allowed:
                Proceed(command, from);
                break;
            case Accepted { Events: [ContainerAttached attached] }:
                Note(attached, from);
                break;
            case Accepted accepted:
                PersistTogether(accepted.Events, () => Remember(command, from));
                break;
        }
    }

    /// <summary>For the event stream alone: the commands behind it need not wait until it is written, only come after it.</summary>
    private void Note(ContainerAttached attached, IActorRef from) => PersistAsync(attached, _ =>
    {
        _sinceSnapshot++;
        from.Tell(CommandDone.Instance);
    });

    private void Defer(ContainerCommand command, IActorRef from)
    {
        if (_deferred.Count < Limits.CommandsDeferredMax) _deferred.Enqueue((command, from));
        else from.Tell(new CommandFailed(ErrorCode.Unavailable, DockerWords.Busy(_id)));
    }

    /// <summary>A persist in between stashes what follows; so each is decided on the state that the one before left.</summary>
    private void ResumeDeferred()
    {
        while (_deferred.TryDequeue(out var next)) Self.Tell(next.Command, next.From);
    }

    /// <summary>Who gets the answer that an event's effects will bring.</summary>
    private void Remember(ContainerCommand command, IActorRef from)
    {
        _cause = command.Cause;
        switch (command)
        {
            case AdmitContainer:
                from.Tell(new ContainerCreatedResult(_id, _warnings));
                break;
            case StartContainer:
                _starter = from;
                break;
            case StopContainer:
                _stoppers.Add(from);
                break;
            case RemoveContainer:
                _remover = from;
                break;
        }
    }

    /// <summary>What is legal and has nothing to persist before it is done.</summary>
    private void Proceed(ContainerCommand command, IActorRef from)
    {
        switch (command)
        {
            case AdmitContainer:
                from.Tell(new ContainerCreatedResult(_id, _warnings));
                break;
            case WaitContainer wait:
                Wait(wait, from);
                break;
            case KillContainer kill when _inFlight.Reserve(kill, from) is { } token:
                Tell(new SignalTask(_id, _state!.Run, kill.Signal, token));
                break;
            case ResizeContainer resize when _inFlight.Reserve(resize, from) is { } token:
                Tell(new ResizeTask(_id, _state!.Run, resize.Rows, resize.Columns, token));
                break;
        }
    }

    private void Tell(TaskCommand command) => _neighbours.Tasks.Tell(command, Self);

    private void Wait(WaitContainer wait, IActorRef from)
    {
        var registered = new WaitRegistered(_id, ContainerWaiters.RunOf(wait, _state!));
        if (ContainerWaiters.IsOver(wait, _state!))
        {
            from.Tell(registered);
            from.Tell(new ContainerWaitResult(_id, _state!.ExitCode, Error: null));
            return;
        }

        if (!_waiters.Add(from, forRemoval: wait.Condition == WaitCondition.Removed))
        {
            from.Tell(new CommandFailed(ErrorCode.Unavailable, DockerWords.Busy(_id)));
            return;
        }

        Context.Watch(from);
        from.Tell(registered);
    }

    // Reports of the task

    private void OnTaskReport(TaskReport report)
    {
        _tasksLost = 0;
        var cause = report is TaskExited ? Cause.Engine("exit") : _cause;
        if (ContainerDecider.Decide(_state, report, cause, Now) is Accepted accepted)
        {
            PersistTogether(accepted.Events, () => { });
        }
        else if (report is TaskExited or TaskStartFailed && !ContainerLifecycle.MayRun(_state!))
        {
            Tell(new ReleaseTask(_id, report.Run, Spec)); // a repeated report of what is journalled already
        }
    }

    private void OnTaskAnswered(TaskAnswered answer)
    {
        if (_inFlight.Take(answer.Token) is not { } waiting) return;
        if (answer.Failure is { } failure)
        {
            waiting.From.Tell(failure);
            return;
        }

        if (waiting.Command is not KillContainer kill)
        {
            waiting.From.Tell(CommandDone.Instance);
            return;
        }

        PersistTogether(
            [new ContainerSignalled(_id, Now, kill.Cause, kill.Signal)], () => OnSignalled(kill, waiting.From));
    }

    /// <summary>As dockerd: a SIGKILL is answered when the container has ended, any other signal when it was sent.</summary>
    private void OnSignalled(KillContainer kill, IActorRef from)
    {
        if (kill.Signal != LinuxSignals.Kill || _state!.Pid == 0)
        {
            from.Tell(CommandDone.Instance);
            return;
        }

        _stoppers.Add(from);
        ExpectExit();
    }

    /// <summary>At once the first time, so that no later command meets a task that knows nothing; with a pause when it goes on.</summary>
    private void OnTaskLost()
    {
        _inFlight.FailAll();
        _log.Warning("the task of container {0} was lost ({1} times); looking for it again", _id, _tasksLost + 1);
        if (_tasksLost++ == 0) Reconcile();
        else Timers.StartSingleTimer(ReconcileDue.Key, new ReconcileDue(), Delays.Backoff(_tasksLost - 2));
    }

    // Persist, apply, publish, act

    private TaskSpec Spec => new(_id, _state!.ChainIds, _state.Spec);

    private void PersistTogether(ContainerEvent[] events, Action remember)
    {
        var left = events.Length;
        PersistAll(events, e =>
        {
            _state = ContainerEvents.Apply(_state, e);
            _log.Debug("container {0}: {1} is journalled", _id, e.GetType().Name);
            _sinceSnapshot++;
            if (--left > 0) return;
            Publish();
            remember();
            foreach (var happened in events) Act(happened);
            SaveSnapshotWhenDue();
        });
    }

    private void Publish() => _parts.Index.Publish(ContainerViews.Of(_state!, _parts.Settings.NodeId));

    private void SaveSnapshotWhenDue()
    {
        if (_sinceSnapshot < _parts.Settings.SnapshotEvery) return;
        _sinceSnapshot = 0;
        SaveSnapshot(_state);
    }

    /// <summary>The snapshot before this one stays, in case this one turns out to be unreadable.</summary>
    private void OnSnapshotSaved(SaveSnapshotSuccess saved)
    {
        if (_lastSnapshot > 0) DeleteSnapshots(new SnapshotSelectionCriteria(_lastSnapshot - 1));
        _lastSnapshot = saved.Metadata.SequenceNr;
    }

    private void Act(ContainerEvent happened)
    {
        switch (happened)
        {
            case ContainerStartRequested e:
                Tell(new RunTask(_id, e.Run, Spec));
                break;
            case ContainerStarted:
                AnswerStarter(CommandDone.Instance);
                ResumeDeferred();
                break;
            case ContainerStartFailed e:
                AnswerStarter(new CommandFailed(e.Code, e.Error));
                Ended(e.ExitCode);
                ResumeDeferred();
                break;
            case ContainerStopRequested e:
                Tell(new SignalTask(_id, _state!.Run, e.Signal, Token: 0));
                ExpectStop(TimeSpan.FromSeconds(e.TimeoutSeconds));
                break;
            case ContainerExited e:
                Tell(new ReleaseTask(_id, e.Run, Spec));
                Ended(e.ExitCode);
                break;
            case ContainerRemoveRequested:
                Tell(new DeleteTask(_id, _state!.Run, Spec, _state.Pid, _state.PidStartTime));
                break;
            case ContainerRemoveFailed e:
                RemoveFailed(e.Error);
                break;
            case ContainerRemoved e:
                Leave(e.Cause);
                break;
        }
    }

    private void AnswerStarter(object answer)
    {
        _starter?.Tell(answer);
        _starter = null;
    }

    private void Ended(int exitCode)
    {
        Timers.Cancel(StopOverdue.Key);
        Timers.Cancel(KillOverdue.Key);
        _stopDue = null;
        foreach (var stopper in _stoppers) stopper.Tell(CommandDone.Instance);
        _stoppers.Clear();
        Unwatch(_waiters.Exited(exitCode));
    }

    private static void Unwatch(IReadOnlyList<IActorRef> answered)
    {
        foreach (var who in answered) Context.Unwatch(who);
    }

    // Stopping

    /// <summary>Of several stops the most impatient one counts; a negative timeout never ends.</summary>
    private void ExpectStop(TimeSpan timeout)
    {
        if (timeout < TimeSpan.Zero || _stopDue <= Now + timeout) return;
        _stopDue = Now + timeout;
        Timers.StartSingleTimer(StopOverdue.Key, new StopOverdue(_state!.Run), timeout);
    }

    private void ExpectExit() =>
        Timers.StartSingleTimer(KillOverdue.Key, new KillOverdue(_state!.Run), Limits.TimeoutKilled);

    private void OnStopOverdue(StopOverdue due)
    {
        if (_state!.Run != due.Run || _state.Pid == 0) return;
        Tell(new SignalTask(_id, due.Run, LinuxSignals.Kill, Token: 0));
        ExpectExit();
    }

    private void OnKillOverdue(KillOverdue due)
    {
        if (_state!.Run != due.Run || _state.Pid == 0) return;
        var failure = new CommandFailed(ErrorCode.Internal, DockerWords.NoExitEvent(_id));
        foreach (var stopper in _stoppers) stopper.Tell(failure);
        _stoppers.Clear();
        _stopDue = null;
    }

    // Removal

    private void RemoveFailed(string error)
    {
        _remover?.Tell(new CommandFailed(ErrorCode.Internal, error));
        _remover = null;
        Unwatch(_waiters.Removed(_state!.ExitCode, error));
    }

    private void Leave(Cause cause)
    {
        _inFlight.FailAll();
        _parts.Streams.ContainerGone(_id);
        Unwatch(_waiters.Removed(_state!.ExitCode, error: null));
        Become(Gone);
        _neighbours.Scheduler.Tell(new ReleasePlacement(cause, _id));
        Timers.StartSingleTimer(ReleaseOverdue.Key, new ReleaseOverdue(), Limits.TimeoutReleasePlacement);
    }

    /// <summary>The name is free again (or will be, by the node's reconciliation), so that the client can use it at once.</summary>
    private void AnswerRemover()
    {
        Timers.Cancel(ReleaseOverdue.Key);
        _remover?.Tell(CommandDone.Instance);
        _remover = null;
        Context.Parent.Tell(new ContainerGone(_id));
    }

    // Recovery

    private void OnRecovered()
    {
        if (_state is null)
        {
            Context.Parent.Tell(new ContainerRecovered(_id, MayRun: false));
            return;
        }

        if (_state.Status == ContainerStatus.Removed)
        {
            Become(Gone);
            Context.Parent.Tell(new ContainerGone(_id));
            return;
        }

        Become(Present);
        Publish();
        Context.Parent.Tell(new ContainerRecovered(_id, ContainerLifecycle.MayRun(_state)));
        Reconcile();
    }

    /// <summary>
    /// Compares with the kernel, through the task: a start whose outcome is unknown is adopted or undone, a run is found again or its
    /// exit recorded, a removal goes on, what a finished run may have left is removed.
    /// </summary>
    private void Reconcile()
    {
        switch (_state!.Status)
        {
            case ContainerStatus.Starting:
                Tell(new AdoptTask(_id, _state.Run, Spec, Pid: 0, PidStartTime: 0));
                break;
            case ContainerStatus.Running:
                Tell(new AdoptTask(_id, _state.Run, Spec, _state.Pid, _state.PidStartTime));
                ResumeStop();
                break;
            case ContainerStatus.Removing:
                Tell(new DeleteTask(_id, _state.Run, Spec, _state.Pid, _state.PidStartTime));
                break;
            case var _ when _state.Run > 0:
                Tell(new ReleaseTask(_id, _state.Run, Spec));
                break;
        }
    }

    /// <summary>A stop was journalled, its signal perhaps not sent: it is sent (again), and the rest of its time counts.</summary>
    private void ResumeStop()
    {
        if (_state!.StopSignal == 0) return;
        Tell(new SignalTask(_id, _state.Run, _state.StopSignal, Token: 0));
        if (_state.StopTimeoutSeconds < 0) return;
        var left = _state.StopAt!.Value.AddSeconds(_state.StopTimeoutSeconds) - Now;
        ExpectStop(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }
}
