using Akka.Actor;
using Akka.Event;
using Troupe.Images.Catalog;
using Troupe.Images.Content;
using Troupe.Images.Pulls;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Images;

/// <summary>
/// Front of everything about images on a node (messages of Protocol/Images). Owns the catalogue: the images that are wholly here, under the
/// scheduler's references.
/// <code>
///   Starting (store swept and read, references loaded; requests wait) -> Ready
/// </code>
/// | child fails with | directive | why safe | user sees |
/// |---|---|---|---|
/// | disk: anything unexpected | restart | nobody waits for it; the next start does what it left | - |
/// | snapshots: anything unexpected | restart | a snapshot appears and goes by rename | the request in work fails by its deadline |
/// | store, layers, pulls, references: anything unexpected | escalate: this actor restarts with all of them | the disk and the scheduler hold the state, what they owe one another they do not | pulls fail as interrupted, other requests by their deadline; new ones wait for the start |
/// </summary>
internal sealed class ImagesActor : ReceiveActor, IWithUnboundedStash
{
    private readonly ImagesParts _parts;
    private readonly ImageCatalog _catalog = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _disk;
    private readonly IActorRef _store;
    private readonly IActorRef _snapshots;
    private readonly IActorRef _pulls;
    private readonly IActorRef _references;
    private int _stashed;
    private bool _isStoreLoaded;
    private bool _areReferencesLoaded;

    public IStash Stash { get; set; } = null!;

    public static Props Props(ImagesParts parts, IActorRef scheduler) => Akka.Actor.Props.Create(() => new ImagesActor(parts, scheduler));

    public ImagesActor(ImagesParts parts, IActorRef scheduler)
    {
        _parts = parts;
        _disk = Context.ActorOf(parts.DiskWorker(), "disk");
        _store = Context.ActorOf(parts.StoreWorker(_disk), "store");
        _snapshots = Context.ActorOf(parts.SnapshotWorker(_disk), "snapshots");
        var layers = Context.ActorOf(parts.LayersActor(_disk), "layers");
        _pulls = Context.ActorOf(parts.PullsActor(layers, _store), "pulls");
        _references = Context.ActorOf(ReferenceWriterActor.Props(scheduler), "references");
        Starting();
    }

    protected override void PreStart() => _store.Tell(new StoreWorkerActor.Load());

    // While a failure is handled, the sender is the child that failed.
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(_ => Sender.Equals(_disk) || Sender.Equals(_snapshots) ? Directive.Restart : Directive.Escalate);

    private void Starting()
    {
        Receive<StoreWorkerActor.Loaded>(loaded =>
        {
            foreach (var image in loaded.Images) _catalog.Add(image);
            _isStoreLoaded = true;
            // Containers need their snapshots, not the scheduler.
            _stashed = 0;
            Stash.UnstashAll();
            StartIfLoaded();
        });
        Receive<ImageReferences>(references =>
        {
            OnReferences(references);
            _areReferencesLoaded = true;
            StartIfLoaded();
        });
        Receive<CommandFailed>(failure => throw new InvalidOperationException("the image store can't be read: " + failure.Message));
        Receive<PrepareSnapshot>(Forward);
        Receive<RemoveSnapshot>(Forward);
        Receive<ReconcileSnapshots>(Forward);
        ReceiveAny(_ => Hold());

        void Forward(object message)
        {
            if (_isStoreLoaded) _snapshots.Forward(message);
            else Hold();
        }
    }

    private void Ready()
    {
        Receive<PullImage>(message => _pulls.Forward(message));
        Receive<ResolveImage>(message =>
        {
            var (image, failure) = _catalog.Resolve(message.NameOrId);
            Sender.Tell(image is null ? failure! : _catalog.View(image));
        });
        Receive<ListImages>(_ => Sender.Tell(new ImageList([.. _catalog.List()])));
        Receive<RemoveImage>(OnRemove);
        Receive<GiveReferences>(OnGive);
        Receive<ReferenceWriterActor.ReferencesWritten>(written => ((IPending)written.Token).Continue(this, written.Failure));
        Receive<StoreWorkerActor.Kept>(OnKept);
        Receive<StoreWorkerActor.Collected>(OnCollected);
        Receive<CollectUnused>(_ => Collect([], null));
        Receive<ImageReferences>(OnReferences);
        Receive<CommandDone>(_ => { });
        Receive<CommandFailed>(failure => _log.Warning("image store: {0}", failure.Message));
        ReceiveSnapshots();
    }

    private void ReceiveSnapshots()
    {
        Receive<PrepareSnapshot>(message => _snapshots.Forward(message));
        Receive<RemoveSnapshot>(message => _snapshots.Forward(message));
        Receive<ReconcileSnapshots>(message => _snapshots.Forward(message));
    }

    private void Hold()
    {
        if (_stashed >= Limits.StashMax)
        {
            Sender.Tell(new CommandFailed(ErrorCode.Unavailable, "the image store is starting"));
            return;
        }

        _stashed++;
        Stash.Stash();
    }

    private void StartIfLoaded()
    {
        if (!_isStoreLoaded || !_areReferencesLoaded) return;
        // A pull that was killed before it gave the image a name: not done, so it is taken back.
        var unfinished = _catalog.Images.Where(i => !i.IsKept && _catalog.ReferencesOf(i.Id).Count == 0).Select(i => i.Id).ToArray();
        foreach (var id in unfinished) _catalog.Remove(id);
        Collect(unfinished, null);
        Become(Ready);
        Stash.UnstashAll();
    }

    private void OnReferences(ImageReferences references)
    {
        _catalog.Clear();
        foreach (var record in references.Records) _catalog.Put(record);
    }

    private void OnGive(GiveReferences message)
    {
        _catalog.Add(message.Image);
        var records = message.References.Select(
            reference => new ImageReferenceRecord(reference.ToString(), message.Manifest, message.Image.Id, Now)).ToArray();
        var changed = records.Where(record => !IsKnown(record)).ToArray();
        if (changed.Length == 0)
        {
            PublishPulled(message);
            Sender.Tell(new ReferencesGiven(IsChanged: false));
            return;
        }

        _references.Tell(new ReferenceWriterActor.WriteReferences(
            new PendingGive(Sender, message, changed), [.. changed.Select(record => new PutImageReference(message.Cause, record))]));
    }

    private bool IsKnown(ImageReferenceRecord record) =>
        _catalog.Record(ImageReference.Parse(record.Reference)) is { } known && known.ImageId == record.ImageId && known.ManifestDigest == record.ManifestDigest;

    private void OnGiven(PendingGive give, CommandFailed? failure)
    {
        if (failure is not null)
        {
            if (_catalog.ReferencesOf(give.Message.Image.Id).Count == 0 && !give.Message.Image.IsKept) _catalog.Remove(give.Message.Image.Id);
            give.Requester.Tell(failure);
            return;
        }

        foreach (var record in give.Records) _catalog.Put(record);
        PublishPulled(give.Message);
        give.Requester.Tell(new ReferencesGiven(IsChanged: true));
    }

    private void OnRemove(RemoveImage message)
    {
        var plan = RemovalPlan.Decide(_catalog, message.NameOrId, message.Force, message.UsedBy);
        if (plan.Failure is not null)
        {
            Sender.Tell(plan.Failure);
            return;
        }

        var image = plan.Image!;
        var pending = new PendingRemove(Sender, message.Cause, plan);
        // A container stands on it: it stays without a name, and the disk must say so before the name goes, or a start takes it for unfinished.
        var staysNameless = !plan.IsDeleted && _catalog.ReferencesOf(image.Id).All(plan.Untag.Contains);
        if (staysNameless) _store.Tell(new StoreWorkerActor.KeepUnreferenced(pending, image.Id));
        else Untag(pending);
    }

    private void OnKept(StoreWorkerActor.Kept kept)
    {
        var pending = (PendingRemove)kept.Token;
        if (kept.Failure is not null)
        {
            pending.Requester.Tell(kept.Failure);
            return;
        }

        if (_catalog.Find(pending.Plan.Image!.Id) is { } image) _catalog.Add(image with { IsKept = true });
        Untag(pending);
    }

    private void Untag(PendingRemove pending)
    {
        if (pending.Plan.Untag.Count == 0) OnUntagged(pending, null);
        else _references.Tell(new ReferenceWriterActor.WriteReferences(
            pending, [.. pending.Plan.Untag.Select(reference => new RemoveImageReference(pending.Cause, reference.ToString()))]));
    }

    private void OnUntagged(PendingRemove remove, CommandFailed? failure)
    {
        if (failure is not null)
        {
            remove.Requester.Tell(failure);
            return;
        }

        var image = remove.Plan.Image!;
        foreach (var reference in remove.Plan.Untag)
        {
            _catalog.Drop(reference);
            Publish(new ImageUntagged(Now, remove.Cause, reference.Familiar, image.Id));
        }

        // A pull may have named it again meanwhile.
        if (!remove.Plan.IsDeleted || _catalog.ReferencesOf(image.Id).Count > 0)
        {
            remove.Requester.Tell(new ImageRemovedResult(Names(remove.Plan), []));
            return;
        }

        _catalog.Remove(image.Id);
        Collect([image.Id], remove);
    }

    private void Collect(Digest[] remove, PendingRemove? pending)
    {
        var keep = _catalog.Images.Select(image => new GarbageRoot(image.Id, image.Manifest, [.. _catalog.ManifestsOf(image.Id)])).ToArray();
        _store.Tell(new StoreWorkerActor.CollectGarbage(pending ?? (object)"start", remove, keep));
    }

    private void OnCollected(StoreWorkerActor.Collected collected)
    {
        if (collected.Token is not PendingRemove { Plan: { Image: { } image } plan } remove) return;
        Publish(new ImageDeleted(Now, remove.Cause, image.Id));
        var layers = image.Chain.Reverse().Where(chain => collected.Chains.Contains(chain.Digest)).Select(chain => chain.ToString());
        remove.Requester.Tell(new ImageRemovedResult(Names(plan), [image.Id.ToString(), .. layers]));
    }

    private DateTimeOffset Now => _parts.Settings.Time.GetUtcNow();

    private void PublishPulled(GiveReferences message) =>
        Publish(new ImagePulled(Now, message.Cause, message.References[0].Familiar, message.Image.Id));

    /// <summary>The node's recorder journals it for those who follow the events.</summary>
    private static void Publish(ImageEvent e) => Context.System.EventStream.Publish(e);

    private static string[] Names(RemovalPlan plan) => [.. plan.Untag.Select(reference => reference.Familiar)];

    /// <summary>What is to be done when the scheduler has answered.</summary>
    private interface IPending
    {
        void Continue(ImagesActor images, CommandFailed? failure);
    }

    private sealed record PendingGive(IActorRef Requester, GiveReferences Message, ImageReferenceRecord[] Records) : IPending
    {
        public void Continue(ImagesActor images, CommandFailed? failure) => images.OnGiven(this, failure);
    }

    private sealed record PendingRemove(IActorRef Requester, Cause Cause, RemovalPlan Plan) : IPending
    {
        public void Continue(ImagesActor images, CommandFailed? failure) => images.OnUntagged(this, failure);
    }
}
