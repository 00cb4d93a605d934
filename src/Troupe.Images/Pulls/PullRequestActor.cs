using Akka.Actor;
using Troupe.Images.Registry;
using Troupe.Images.Seed;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Pulls;

/// <summary>
/// One client's pull: finds the digest (which proves that this client may have it), takes part in the pull of that digest, gives the image
/// its references, and tells its requester everything on the way. It goes on when the requester has gone.
/// <code>
///   Resolving (pool) -> Pulling (PullActor) -> Naming (ImagesActor) -> PullCompleted, stop
///        any of them -> CommandFailed, stop
/// </code>
/// </summary>
#pragma warning disable CA1001 // PostStop disposes them.
internal sealed class PullRequestActor : ReceiveActor
#pragma warning restore CA1001
{
    private readonly PullImage _request;
    private readonly ImageReference _reference;
    private readonly Platform _platform;
    private readonly IImageSource _registry;
    private readonly SeedSource? _seed;
    private readonly IActorRef _requester;
    private readonly IActorRef _images;
    private readonly CancellationTokenSource _stop = new();
    private IDisposable? _lease;
    private JoinPull? _join;
    private bool _isSecondTry;
    private bool _isAnswered;

    public static Props Props(
        PullImage request, ImageReference reference, Platform platform, IImageSource registry, SeedSource? seed, IActorRef requester, IActorRef images) =>
        Akka.Actor.Props.Create(() => new PullRequestActor(request, reference, platform, registry, seed, requester, images));

    public PullRequestActor(
        PullImage request, ImageReference reference, Platform platform, IImageSource registry, SeedSource? seed, IActorRef requester, IActorRef images)
    {
        _request = request;
        _reference = reference;
        _platform = platform;
        _registry = registry;
        _seed = seed;
        _requester = requester;
        _images = images;
        Resolving();
    }

    protected override void PreStart() =>
        ResolveAsync(_stop.Token).PipeTo(Self, failure: e => new FlightFailed(PullActor.ReplyOf(e)));

    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
        _lease?.Dispose();
        // A defect, or the node stops: the client must not wait for its deadline.
        if (!_isAnswered) _requester.Tell(new CommandFailed(ErrorCode.Unavailable, "the pull was interrupted"));
    }

    private void Resolving()
    {
        Receive<FlightFailed>(failed => Finish(failed.Failure));
        Receive<JoinPull>(join =>
        {
            _join = join;
            var tagOrDigest = _reference.Digest?.ToString() ?? _reference.Tag!;
            Tell(tagOrDigest, "Pulling from " + _reference.Path);
            if (join.Source.Notice is { } notice) Tell("", notice);
            Context.Parent.Tell(join);
            Become(Pulling);
        });
    }

    private void Pulling()
    {
        Receive<FlightProgress>(progress => _requester.Tell(progress.Line));
        Receive<FlightFailed>(failed => Finish(failed.Failure));
        Receive<FlightEnded>(_ =>
        {
            if (_isSecondTry) Finish(new CommandFailed(ErrorCode.Internal, "the pull ended unexpectedly"));
            else Context.Parent.Tell(_join!);
            _isSecondTry = true;
        });
        Receive<FlightDone>(done =>
        {
            _lease = done.Lease;
            var digest = _join!.Top.Digest;
            Tell("", "Digest: " + digest);
            // A tag brings its digest reference along: the image stays reachable by it when the tag moves on.
            ImageReference[] references = _reference.Digest is null ? [_reference, _reference.WithDigest(digest)] : [_reference.WithDigest(digest)];
            _images.Tell(new GiveReferences(_request.Cause, done.Image, digest, references));
            Become(() => Naming(done, digest));
        });
    }

    private void Naming(FlightDone done, Digest digest)
    {
        Receive<ReferencesGiven>(given =>
        {
            var status = given.IsChanged ? "Downloaded newer image for " : "Image is up to date for ";
            Tell("", "Status: " + status + _reference.Familiar);
            Finish(new PullCompleted(_reference.ToString(), done.Image.Id, digest, given.IsChanged));
        });
        Receive<CommandFailed>(Finish);
        Receive<FlightEnded>(_ => { });
    }

    private void Finish(object answer)
    {
        _requester.Tell(answer);
        _isAnswered = true;
        Context.Stop(Self);
    }

    private void Tell(string id, string status) => _requester.Tell(new PullProgress(id, status, 0, 0));

    /// <summary>
    /// The seed store stands in only when nothing answered at all: any HTTP answer, also a refusal, is the registry's word.
    /// </summary>
    private async Task<JoinPull> ResolveAsync(CancellationToken cancel)
    {
        try
        {
            return new JoinPull(await _registry.ResolveAsync(cancel).ConfigureAwait(false), _registry, _platform);
        }
        catch (RegistryException e) when (e.Kind == RegistryFailure.Unreachable && _seed is not null)
        {
            return new JoinPull(await _seed.ResolveAsync(cancel).ConfigureAwait(false), _seed, _platform);
        }
    }
}
