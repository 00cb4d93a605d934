using Akka.Actor;
using Troupe.Images.Content;
using Troupe.Images.Layers;
using Troupe.Images.Registry;
using Troupe.Images.Seed;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Pulls;

/// <summary>
/// Pulls of a node: a <see cref="PullRequestActor"/> per request, a <see cref="PullActor"/> per digest and platform, shared.
/// | child fails with | directive | why safe | user sees |
/// |---|---|---|---|
/// | PullActor: anything unexpected | stop | blobs and layers are whole or invisible | requests try once more, then fail |
/// | PullRequestActor: anything unexpected | stop | references are given in one step each | the pull fails as interrupted |
/// </summary>
internal sealed class PullsActor : ReceiveActor
{
    private readonly ImagesSettings _settings;
    private readonly ContentStore _content;
    private readonly LayerStore _layerStore;
    private readonly Leases _leases;
    private readonly IActorRef _layers;
    private readonly IActorRef _store;
    private readonly RegistryClient _client;
    private readonly RegistryEndpoints _endpoints;
    private readonly SeedStore _seeds;
    private readonly Dictionary<(Digest Digest, string Platform), IActorRef> _flights = [];
    private readonly Dictionary<IActorRef, HashSet<IActorRef>> _waiting = [];
    private readonly Dictionary<IActorRef, IActorRef> _requesters = [];
    private long _sequence;

    public static Props Props(
        ImagesSettings settings, ContentStore content, LayerStore layerStore, Leases leases, RegistryClient client, IActorRef layers, IActorRef store) =>
        Akka.Actor.Props.Create(() => new PullsActor(settings, content, layerStore, leases, client, layers, store));

    public PullsActor(
        ImagesSettings settings, ContentStore content, LayerStore layerStore, Leases leases, RegistryClient client, IActorRef layers, IActorRef store)
    {
        _settings = settings;
        _content = content;
        _layerStore = layerStore;
        _leases = leases;
        _layers = layers;
        _store = store;
        _client = client;
        _endpoints = new RegistryEndpoints(settings);
        _seeds = new SeedStore(settings.SeedDirectory);
        Receive<PullImage>(OnPull);
        Receive<JoinPull>(OnJoin);
        Receive<FlightOver>(_ => Forget(Sender));
        Receive<Terminated>(gone => OnGone(gone.ActorRef));
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void OnPull(PullImage request)
    {
        if (Validate(request, out var reference, out var platform) is { } failure)
        {
            Sender.Tell(failure);
            return;
        }

        var source = new RegistrySource(_client, _endpoints, _settings, reference, request.Auth);
        var actor = Context.ActorOf(
            PullRequestActor.Props(request, reference, platform, source, _seeds.Find(reference), Sender, Context.Parent), $"request-{++_sequence}");
        Context.Watch(actor);
        _requesters.Add(actor, Sender);
    }

    private CommandFailed? Validate(PullImage request, out ImageReference reference, out Platform platform)
    {
        platform = request.Platform is { } wanted && wanted.Os.Length + wanted.Architecture.Length > 0
            ? Platform.Normalise(
                wanted.Os.Length == 0 ? "linux" : wanted.Os, wanted.Architecture.Length == 0 ? _settings.Platform.Architecture : wanted.Architecture, wanted.Variant)
            : _settings.Platform;
        if (!ImageReference.TryParse(request.Reference, out reference, out var error)) return new CommandFailed(ErrorCode.InvalidArgument, error);
        reference = reference.WithDefaultTag();
        return _requesters.Count >= Limits.PullRequestsMax
            ? new CommandFailed(ErrorCode.ResourceExhausted, $"{Limits.PullRequestsMax} pulls are in progress; try again later")
            : null;
    }

    private void OnJoin(JoinPull join)
    {
        var key = (join.Top.Digest, join.Platform.ToString());
        if (!_flights.TryGetValue(key, out var flight))
        {
            var name = $"pull-{join.Top.Digest.Short}-{++_sequence}";
            flight = Context.ActorOf(PullActor.Props(join, _settings, _content, _layerStore, _leases, _layers, _store, Context.Parent), name);
            Context.Watch(flight);
            _flights.Add(key, flight);
            _waiting.Add(flight, []);
        }

        _waiting[flight].Add(Sender);
        flight.Forward(join);
    }

    private void Forget(IActorRef flight)
    {
        foreach (var key in _flights.Where(f => f.Value.Equals(flight)).Select(f => f.Key).ToList()) _flights.Remove(key);
    }

    private void OnGone(IActorRef actor)
    {
        if (_requesters.Remove(actor))
        {
            foreach (var waiting in _waiting.Values) waiting.Remove(actor);
            return;
        }

        Forget(actor);
        if (!_waiting.Remove(actor, out var left)) return;
        // Requests that got the result know better; one that came just too late begins again.
        foreach (var request in left) request.Tell(new FlightEnded());
    }
}
