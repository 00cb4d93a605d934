using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Troupe.Daemon.Journal;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;

namespace Troupe.Daemon.Scheduling;

/// <summary>
/// The cluster's one owner of names, placements and image references: a shell around <see cref="SchedulerDecider"/> and
/// <see cref="SchedulerState"/>. Runs as the cluster singleton, under a backoff supervisor. Persists, applies, then replies.
/// </summary>
/// <remarks>
/// | fails with | directive | why safe | user sees |
/// |---|---|---|---|
/// | journal unavailable (persist or recovery) | stopped, made again with backoff 1 s..30 s | state is in the journal | 503 on create |
/// </remarks>
internal sealed class SchedulerActor : ReceivePersistentActor
{
    private readonly string _nodeId;
    private readonly TimeProvider _time;
    private readonly Random _random = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private SchedulerState _state = SchedulerState.Empty;

    public static Props Props(string nodeId, TimeProvider time) => Akka.Actor.Props.Create(() => new SchedulerActor(nodeId, time));

    public SchedulerActor(string nodeId, TimeProvider time)
    {
        _nodeId = nodeId;
        _time = time;
        JournalPluginId = JournalFiles.SchedulerJournal;
        SnapshotPluginId = JournalFiles.SchedulerSnapshots;
        Recover<SnapshotOffer>(offer => _state = SchedulerState.From((SchedulerSnapshot)offer.Snapshot));
        Recover<SchedulerEvent>(e => _state = _state.Apply(e));
        Command<SchedulerCommand>(OnCommand);
        Command<SaveSnapshotSuccess>(saved => DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1)));
        Command<SaveSnapshotFailure>(failed => _log.Warning(failed.Cause, "The scheduler's snapshot was not saved; the journal has it all"));
        Command<DeleteSnapshotsSuccess>(_ => { });
        Command<DeleteSnapshotsFailure>(failed => _log.Warning(failed.Cause, "Old snapshots of the scheduler were not deleted"));
    }

    public override string PersistenceId => "scheduler";

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistRejected(cause, @event, sequenceNr);
        Sender.Tell(new CommandFailed(ErrorCode.InvalidArgument, $"the scheduler can't record this: {cause.Message}"));
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistFailure(cause, @event, sequenceNr);
        Sender.Tell(new CommandFailed(ErrorCode.Unavailable, $"the scheduler's journal can't be written: {cause.Message}"));
    }

    private void OnCommand(SchedulerCommand command)
    {
        var decision = SchedulerDecider.Decide(_state, command, Inputs());
        if (decision.Event is null)
        {
            Sender.Tell(decision.Reply);
            return;
        }

        Persist(decision.Event, persisted =>
        {
            _state = _state.Apply(persisted);
            Sender.Tell(decision.Reply);
            if (LastSequenceNr % Limits.EventsPerSnapshot == 0) SaveSnapshot(_state.ToSnapshot());
        });
    }

    private SchedulerInputs Inputs() =>
        new(_time.GetUtcNow(), _nodeId, RandomNames.Invent(_random, _state.Names.ContainsKey));
}
