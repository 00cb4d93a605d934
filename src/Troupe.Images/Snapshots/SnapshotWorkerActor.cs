using Akka.Actor;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Images.Snapshots;

/// <summary>The writable layers of containers, one call after the other. Runs on the blocking dispatcher; a call takes a few milliseconds.</summary>
internal sealed class SnapshotWorkerActor : ReceiveActor
{
    private readonly SnapshotStore _snapshots;
    private readonly IActorRef _disk;

    public static Props Props(SnapshotStore snapshots, IActorRef disk, ImagesSettings settings) =>
        Akka.Actor.Props.Create(() => new SnapshotWorkerActor(snapshots, disk)).WithDispatcher(settings.BlockingDispatcher);

    public SnapshotWorkerActor(SnapshotStore snapshots, IActorRef disk)
    {
        _snapshots = snapshots;
        _disk = disk;
        Receive<PrepareSnapshot>(message => Answer(() => new SnapshotPrepared(
            message.Container, snapshots.Prepare(message.Container, [.. message.ChainIds.Select(digest => new ChainId(digest))]))));
        Receive<RemoveSnapshot>(message => Answer(() => OnRemove(message)));
        Receive<ReconcileSnapshots>(message => Answer(() => OnReconcile(message)));
    }

    private CommandDone OnRemove(RemoveSnapshot message)
    {
        if (_snapshots.Detach(message.Container) is { } trash) _disk.Tell(new DiskWorkerActor.DeleteTrash(trash));
        return CommandDone.Instance;
    }

    private CommandDone OnReconcile(ReconcileSnapshots message)
    {
        foreach (var trash in _snapshots.DetachUnknown(message.Known.ToHashSet())) _disk.Tell(new DiskWorkerActor.DeleteTrash(trash));
        return CommandDone.Instance;
    }

    private void Answer(Func<object> work)
    {
        try
        {
            Sender.Tell(work());
        }
        catch (ImageException e)
        {
            Sender.Tell(e.ToReply());
        }
        catch (IOException e)
        {
            Sender.Tell(ImageException.FromFile(e).ToReply());
        }
    }
}
