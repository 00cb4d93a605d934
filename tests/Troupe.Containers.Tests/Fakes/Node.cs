using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Troupe.Containers.Containers;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Containers.Tests.Fakes;

/// <summary>One trouped's containers part in a <see cref="World"/>: ends like a crash, starts again with what the world kept.</summary>
internal sealed class Node : IAsyncDisposable, IContainerIndexWriter, IContainerCatalog
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(2);
    /// <summary>One for all tests of the process; gone with it.</summary>
    private static readonly string Root = MakeRoot();
    private readonly World _world;

    public Node(World world, string hocon = "")
    {
        _world = world;
        Epoch = world.NewEpoch();
        System = ActorSystem.Create("node", ConfigurationFactory.ParseString(hocon + Hocon(world)));
        Directory.CreateDirectory(Path.Combine(Root, world.Key));
        var settings = new ContainersSettings(
            "node-1", Path.Combine(Root, world.Key), Path.Combine(Root, world.Key, "x"), "troupe-test", "", "", "blocking", SnapshotEvery: 5);
        Parts = new ContainersParts(settings, TimeProvider.System, new FakeShims(world, Epoch), Streams, this, this);
        Neighbours = System.ActorOf(FakeNeighbours.Props(world, Epoch));
        Runcs = System.ActorOf(Parts.Runcs(), "runc");
        Tasks = System.ActorOf(Parts.Tasks(Neighbours, Neighbours, Runcs), "tasks");
        Containers = System.ActorOf(Parts.Containers(Neighbours, Neighbours, Tasks, Neighbours), "containers");
    }

    public int Epoch { get; }

    public ActorSystem System { get; }

    public ContainersParts Parts { get; }

    public FakeStreams Streams { get; } = new();

    public IActorRef Neighbours { get; }

    public IActorRef Runcs { get; }

    public IActorRef Tasks { get; }

    public IActorRef Containers { get; }

    public ConcurrentDictionary<ContainerId, ContainerView> Index { get; } = [];

    /// <summary>Only the views of the living epoch count.</summary>
    public void Publish(ContainerView view)
    {
        if (view.Status == ContainerStatus.Removed) Index.TryRemove(view.Id, out _);
        else Index[view.Id] = view;
    }

    public Task<IReadOnlyList<ContainerId>> ListAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<ContainerId>>(
        _world.Read(() => _world.Journal
            .Where(j => !j.Value.Exists(e => e.Event is ContainerRemoved))
            .Select(j => ContainerId.Parse(j.Key["container-".Length..])).ToList()));

    public Task<object> AskAsync(ContainerCommand command) => Containers.Ask<object>(command, Patience);

    public Task<object> CreateAsync(ContainerSpec? spec = null, ContainerId? id = null) => AskAsync(Samples.Admit(spec, id));

    public Task<object> StartAsync() => AskAsync(new StartContainer(Samples.Id, Samples.Cause));

    public Task<object> RemoveAsync(bool force) => AskAsync(new RemoveContainer(Samples.Id, Samples.Cause, force, RemoveVolumes: false));

    public ShimWorld Shim() => _world.Read(() => _world.Shims.Values.Single());

    /// <summary>Waits until the index shows it, with a deadline; polls, because the index is a plain map.</summary>
    public async Task<ContainerView> UntilAsync(Func<ContainerView, bool> condition)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var pace = new PeriodicTimer(Pace);
        while (true)
        {
            if (Index.TryGetValue(Samples.Id, out var view) && condition(view)) return view;
            Assert.False(deadline.IsCancellationRequested, $"the index shows {Index.GetValueOrDefault(Samples.Id)}; steps: {string.Join(", ", _world.Steps)}");
            await pace.WaitForNextTickAsync();
        }
    }

    public async Task UntilAsync(Func<bool> condition, Func<string> text)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var pace = new PeriodicTimer(Pace);
        while (!condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"{text()}; steps: {string.Join(", ", _world.Steps)}");
            await pace.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _world.NewEpoch();
        await System.Terminate();
    }

    private static string Hocon(World world) => $$"""
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        blocking { type = ForkJoinDispatcher, throughput = 1, dedicated-thread-pool { thread-count = 4 } }
        akka.persistence.journal.plugin = "world-journal"
        akka.persistence.snapshot-store.plugin = "world-snapshots"
        world-journal { class = "Troupe.Containers.Tests.Fakes.WorldJournal, Troupe.Containers.Tests", world = "{{world.Key}}" }
        world-snapshots { class = "Troupe.Containers.Tests.Fakes.WorldSnapshots, Troupe.Containers.Tests", world = "{{world.Key}}" }
        """;

    private static string MakeRoot()
    {
        var root = Directory.CreateTempSubdirectory("troupe-containers-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        return root;
    }
}
