using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Troupe.Daemon.Journal;
using Troupe.Protocol.Images;

namespace Troupe.Daemon.Node;

/// <summary>
/// Journals what happened on the node that no entity of its own owns: image events, told by the images' actor over the event
/// stream. Write-only: nothing is replayed, the events stream reads the rows.
/// </summary>
internal sealed class RecorderActor : ReceivePersistentActor
{
    private readonly Action _recorded;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public static Props Props(Action recorded) => Akka.Actor.Props.Create(() => new RecorderActor(recorded));

    /// <param name="recorded">Called after each row; must not block.</param>
    public RecorderActor(Action recorded)
    {
        _recorded = recorded;
        JournalPluginId = JournalFiles.NodeJournal;
        SnapshotPluginId = JournalFiles.NodeSnapshots;
        Command<ImageEvent>(e => Persist(e, _ => _recorded()));
        RecoverAny(_ => { });
    }

    public override string PersistenceId => "node";

    /// <summary>History is read from the rows, never into this actor: only the last sequence number is asked for.</summary>
    public override Recovery Recovery => Recovery.None;

    protected override void PreStart()
    {
        base.PreStart();
        Context.System.EventStream.Subscribe<ImageEvent>(Self);
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        _log.Error(cause, "The node's journal could not take {0}", @event);
}
