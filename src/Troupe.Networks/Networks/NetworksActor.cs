using Akka.Actor;
using Akka.Event;
using Troupe.Networks.Bridge;
using Troupe.Protocol;
using Troupe.Protocol.Networks;

namespace Troupe.Networks.Networks;

/// <summary>
/// The front of a node's networks: finds a command's network by id, name or id prefix, and lists them from what they published, without
/// asking. While a network reads its journal its commands wait here (bounded), so that none is lost when it can't.
/// | child fails with | directive | why safe | user sees |
/// |---|---|---|---|
/// | network: an exception | restart, at most 10 a minute | state is in the journal | 503 for the requests under way |
/// | network: its journal, or more often | started again after 1 s .. 30 s | state is in the journal | 503 with the reason |
/// | network: a row that can't be read | quarantined: not started again | a restart would read the same row | 500 with the reason |
/// </summary>
internal sealed class NetworksActor : ReceiveActor, IWithTimers
{
    private readonly NetworksSettings _settings;
    private readonly Func<INetworkKernel> _open;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, Entry> _networks = [];
    private readonly NetworkDefinition[] _withoutEndpoints;

    public NetworksActor(NetworksSettings settings, Func<INetworkKernel> open)
    {
        (_settings, _open) = (settings, open);
        var startedAt = settings.Clock.GetUtcNow();
        _withoutEndpoints =
        [
            KnownNetworks.WithoutEndpoints(settings.Instance, KnownNetworks.Host, startedAt),
            KnownNetworks.WithoutEndpoints(settings.Instance, KnownNetworks.None, startedAt),
        ];
        Receive<NetworkCommand>(OnCommand);
        Receive<ListNetworks>(_ => Sender.Tell(List()));
        Receive<ReconcileEndpoints>(OnReconcile);
        Receive<NetworkChanged>(changed => OnChanged(_networks[changed.NetworkId], changed.State));
        Receive<NetworkLost>(lost => _networks[lost.NetworkId].Lost(lost));
        Receive<Terminated>(OnTerminated);
        Receive<RestartDue>(due => Start(_networks[due.NetworkId]));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NetworksSettings settings, Func<INetworkKernel> open) =>
        Akka.Actor.Props.Create(() => new NetworksActor(settings, open));

    protected override void PreStart()
    {
        var id = KnownNetworks.IdOf(_settings.Instance, KnownNetworks.Bridge);
        var entry = new Entry(id, KnownNetworks.Bridge, KernelNames.DefaultBridge(_settings.Instance));
        _networks.Add(id, entry);
        Start(entry);
    }

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(Limits.WorkerRestartsMax, TimeSpan.FromMinutes(1), _ => Directive.Restart);

    private void OnCommand(NetworkCommand command)
    {
        if (Find(command.NetworkId) is { } entry)
        {
            Pass(entry, command);
            return;
        }

        if (FindWithoutEndpoints(command.NetworkId) is not { } definition)
            Sender.Tell(new CommandFailed(ErrorCode.NotFound, $"network {command.NetworkId} not found"));
        else if (command is ReleaseEndpoint)
            Sender.Tell(CommandDone.Instance);
        else
            Sender.Tell(new CommandFailed(ErrorCode.InvalidArgument, $"network {definition.Name} has no endpoints"));
    }

    private void OnReconcile(ReconcileEndpoints command)
    {
        // Answered by each bridge network; today there is one.
        foreach (var entry in _networks.Values) Pass(entry, command);
    }

    private void Pass(Entry entry, object command)
    {
        if (entry.Actor is null) Sender.Tell(entry.Refusal());
        else if (entry.IsRecovered) entry.Actor.Forward(command);
        else if (entry.Held.Count < Limits.WaitingCommandsMax) entry.Held.Enqueue((Sender, command));
        else Sender.Tell(new CommandFailed(ErrorCode.Unavailable, $"network {entry.Name}: too many requests wait"));
    }

    // The first time after each start: the journal was read.
    private static void OnChanged(Entry entry, NetworkState state)
    {
        entry.Changed(state);
        while (entry.Held.TryDequeue(out var held)) entry.Actor?.Tell(held.Command, held.Client);
    }

    private NetworkList List()
    {
        var bridges = _networks.Values.Where(entry => entry.State?.Definition is not null).Select(entry => entry.State!.View());
        return new NetworkList([.. bridges, .. _withoutEndpoints.Select(definition => new NetworkView(definition, []))]);
    }

    private void OnTerminated(Terminated terminated)
    {
        if (_networks.Values.FirstOrDefault(entry => terminated.ActorRef.Equals(entry.Actor)) is not { } entry) return;
        entry.Ended();
        while (entry.Held.TryDequeue(out var held)) held.Client.Tell(entry.Refusal());
        if (entry.IsQuarantined)
        {
            _log.Error("network {0} is quarantined: {1}", entry.Name, entry.Reason);
            return;
        }

        var delay = Limits.RestartBackoffMin * Math.Pow(2, Math.Min(entry.Losses++, 10));
        if (delay > Limits.RestartBackoffMax) delay = Limits.RestartBackoffMax;
        _log.Error("network {0} ended ({1}) and starts again in {2} s", entry.Name, entry.Reason, delay.TotalSeconds);
        Timers.StartSingleTimer(entry.Id, new RestartDue(entry.Id), delay);
    }

    private void Start(Entry entry)
    {
        var props = NetworkActor.Props(_settings, entry.Id, entry.Name, entry.Bridge, _open);
        entry.Actor = Context.Watch(Context.ActorOf(props, $"network-{entry.Id[..12]}"));
    }

    // Docker calls the default bridge "default" in HostConfig.NetworkMode.
    private Entry? Find(string text)
    {
        if (_networks.TryGetValue(text, out var exact)) return exact;
        var name = text == "default" ? KnownNetworks.Bridge : text;
        var named = _networks.Values.FirstOrDefault(entry => entry.Name == name);
        if (named is not null || FindWithoutEndpoints(text) is not null || text.Length == 0) return named;
        var begun = _networks.Values.Where(entry => entry.Id.StartsWith(text, StringComparison.Ordinal)).Take(2).ToArray();
        return begun.Length == 1 ? begun[0] : null;
    }

    private NetworkDefinition? FindWithoutEndpoints(string text) =>
        _withoutEndpoints.FirstOrDefault(definition => definition.Name == text || definition.Id == text);

    private sealed record RestartDue(string NetworkId);

    /// <summary>What the front knows of a network. Its one writer is this actor.</summary>
    private sealed class Entry(string id, string name, string bridge)
    {
        public string Id { get; } = id;

        public string Name { get; } = name;

        public string Bridge { get; } = bridge;

        public IActorRef? Actor { get; set; }

        /// <summary>The actor has read its journal.</summary>
        public bool IsRecovered { get; private set; }

        public Queue<(IActorRef Client, object Command)> Held { get; } = [];

        public NetworkState? State { get; private set; }

        public string Reason { get; private set; } = "";

        public bool IsQuarantined { get; private set; }

        public int Losses { get; set; }

        public void Changed(NetworkState state)
        {
            State = state;
            IsRecovered = true;
            Losses = 0;
        }

        public void Ended() => (Actor, IsRecovered) = (null, false);

        public void Lost(NetworkLost lost) => (Reason, IsQuarantined) = (lost.Reason, lost.IsQuarantined);

        public CommandFailed Refusal() => IsQuarantined
            ? new CommandFailed(ErrorCode.Internal, $"network {Name} is quarantined: its journal can't be read: {Reason}")
            : new CommandFailed(ErrorCode.Unavailable, $"network {Name} is starting again: {Reason}");
    }
}
