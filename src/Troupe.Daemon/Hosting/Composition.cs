using Akka.Actor;
using Troupe.Containers;
using Troupe.Containers.Logs;
using Troupe.Containers.Shims;
using Troupe.Containers.Streams;
using Troupe.Daemon.Engine;
using Troupe.Daemon.Index;
using Troupe.Daemon.Journal;
using Troupe.Daemon.Node;
using Troupe.Images;
using Troupe.Networks;
using Troupe.Networks.Ipam;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Daemon.Hosting;

/// <summary>
/// The composition root: the parts of the process host that outlive actor systems, made once, and the fronts that are made anew in each.
/// Dependency injection ends here.
/// </summary>
/// <remarks>
/// <code>
/// /user/daemon        node agent: scheduler-manager, scheduler (proxy), networks, containers, create-ID, recorder
/// /user/containerd    images, tasks
/// /user/runc          one actor per running task
/// </code>
/// </remarks>
internal sealed class Composition : IAsyncDisposable
{
    private const string BlockingDispatcher = "actors.blocking-dispatcher";
    private const int ContainerEventsPerSnapshot = 50;
    private static readonly TimeSpan TimeoutMake = TimeSpan.FromSeconds(20);

    private readonly HostParts _host;
    private readonly JournalCatalog _catalog;
    private readonly Action _recorded;
    private readonly ContainerStreams _streams;
    private readonly ShimLauncher _shims;
    private readonly ImagesParts _images;
    private readonly ContainersParts _containers;
    private readonly NetworksSettings _networks;

    /// <param name="recorded">Called after a row of the node's own history; must not block.</param>
    public Composition(HostParts host, ContainerIndex index, JournalCatalog catalog, Action recorded)
    {
        (_host, _catalog, _recorded) = (host, catalog, recorded);
        var options = host.Options;
        var instance = Instance.Of(options.DataRoot);
        var runtimeRoot = Path.Combine(options.ExecRoot, "runtime");
        _streams = new ContainerStreams(Path.Combine(options.DataRoot, "tmp"), host.Time);
        _shims = new ShimLauncher(new ShimLauncherOptions(RuntimePath(), runtimeRoot, ShimCgroup.Find(instance)), host.Time);
        Logs = new JsonFileLogSource(index, id => LogPath(options.DataRoot, id), host.Time);
        _images = new ImagesParts(ImagesSettingsOf(host));
        _networks = NetworksSettingsOf(host, instance);
        _containers = new ContainersParts(
            new ContainersSettings(
                host.Identity.NodeId, options.DataRoot, options.ExecRoot, $"troupe-{instance}", JournalFiles.NodeJournal,
                JournalFiles.NodeSnapshots, BlockingDispatcher, ContainerEventsPerSnapshot),
            host.Time, _shims, _streams, index, catalog);
    }

    public IContainerStreams Streams => _streams;

    public ILogSource Logs { get; }

    /// <summary>Makes every front in its place of the tree; the order follows who is told of whom.</summary>
    public async Task<FrontActors> ComposeAsync(ActorSystem system, CancellationToken cancel)
    {
        var runc = system.ActorOf(_containers.Runcs(), "runc");
        var daemon = system.ActorOf(DaemonActor.Props(new NodeParts(_host.Identity.NodeId, _host.Time, _catalog)), "daemon");
        var containerd = system.ActorOf(ContainerdActor.Props(), "containerd");
        var scheduler = (await daemon.Ask<SchedulerProxy>(new GetScheduler(), TimeoutMake, cancel).ConfigureAwait(false)).Ref;
        var networks = await MakeAsync(daemon, NetworksFactory.Create(_networks), "networks").ConfigureAwait(false);
        var images = await MakeAsync(containerd, _images.ImagesActor(scheduler), "images").ConfigureAwait(false);
        var tasks = await MakeAsync(containerd, _containers.Tasks(images, networks, runc), "tasks").ConfigureAwait(false);
        var containers = await MakeAsync(
            daemon, _containers.Containers(images, networks, tasks, scheduler), "containers").ConfigureAwait(false);
        await MakeAsync(daemon, RecorderActor.Props(_recorded), "recorder").ConfigureAwait(false);
        daemon.Tell(new ConnectFronts(containers, images));
        return new FrontActors(daemon, containers, images, networks);

        Task<IActorRef> MakeAsync(IActorRef parent, Props props, string name) =>
            parent.Ask<IActorRef>(new MakeChild(props, name), TimeoutMake, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _streams.DisposeAsync().ConfigureAwait(false);
        _images.Dispose();
        _shims.Dispose();
    }

    private static string RuntimePath() =>
        Environment.GetEnvironmentVariable("TROUPE_RUNTIME") is { Length: > 0 } path
            ? path
            : Path.Combine(AppContext.BaseDirectory, "troupe-runtime");

    private static string LogPath(string dataRoot, ContainerId id) => Path.Combine(dataRoot, "containers", id.Hex, $"{id.Hex}-json.log");

    private static ImagesSettings ImagesSettingsOf(HostParts host) => new()
    {
        DataRoot = host.Options.DataRoot,
        SeedDirectory = SeedDirectory(),
        InsecureRegistries = host.Options.InsecureRegistries,
        Mirrors = [.. host.Options.RegistryMirrors.Select(m => new Uri(m))],
        BlockingDispatcher = BlockingDispatcher,
        Time = host.Time,
    };

    /// <summary>Beside the binary, or where Publish puts it. It need not exist.</summary>
    private static string SeedDirectory()
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "seed");
        return Directory.Exists(beside) ? beside : Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "share", "troupe", "seed"));
    }

    private static NetworksSettings NetworksSettingsOf(HostParts host, string instance) => new(
        instance,
        host.Options.Bip.Length == 0 ? null : Ipv4Interface.Parse(host.Options.Bip),
        [.. host.Options.AddressPools.Select(p => new AddressPool(Ipv4Subnet.Parse(p.Base), p.Size))],
        Mtu: 0, BlockingDispatcher, host.Time, JournalFiles.NodeJournal, JournalFiles.NodeSnapshots);
}
