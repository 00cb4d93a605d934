using Akka.Actor;
using Microsoft.Extensions.Logging;
using Troupe.Containers.Containers;
using Troupe.Daemon.Cluster;
using Troupe.Daemon.Engine;
using Troupe.Daemon.Hosting;
using Troupe.Daemon.Journal;
using Troupe.Daemon.Node;

namespace Troupe.Daemon.Tests.Hosting;

/// <summary>A node's actor system with real journals, cluster, TLS and scheduler in a directory of its own; the other fronts are the test's.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>TROUPE_TEST_LOG=1 shows what the actor systems log.</summary>
    private static readonly ILoggerFactory Loggers = LoggerFactory.Create(logging =>
    {
        if (Environment.GetEnvironmentVariable("TROUPE_TEST_LOG") == "1") logging.AddSimpleConsole(o => o.SingleLine = true);
    });

    private readonly CancellationTokenSource _stop = new();
    private readonly ClusterCertificates _certificates;
    private readonly Task _running;

    public TestNode(Func<ActorSystem, FrontActors, FrontActors>? fronts = null, string[]? settings = null, string? root = null,
        IContainerCatalog? catalog = null)
    {
        Root = root ?? Directory.CreateTempSubdirectory("troupe-test-").FullName;
        var cluster = Path.Combine(Root, "cluster");
        Identity = NodeIdentity.LoadOrCreate(cluster);
        _certificates = ClusterCertificates.LoadOrCreate(cluster, Identity.NodeId, ["127.0.0.1"], TimeProvider.System);
        Journals = new JournalFiles(Root);
        Journals.Prepare();
        Catalog = catalog ?? new JournalCatalog(Journals.NodePath);
        var config = HoconFiles.Load(HoconFiles.FindDirectory(), [], settings ?? []);
        Host = new IncarnationHost(
            new IncarnationParts(config, Journals, _certificates, Loggers, TimeProvider.System, ComposeAsync),
            Loggers.CreateLogger<TestNode>());
        _running = Host.RunAsync(_stop.Token);

        Task<FrontActors> ComposeAsync(ActorSystem system, CancellationToken cancel)
        {
            var daemon = system.ActorOf(DaemonActor.Props(new NodeParts(Identity.NodeId, TimeProvider.System, Catalog)), "daemon");
            var none = system.DeadLetters;
            var all = new FrontActors(daemon, none, none, none);
            if (fronts is not null) all = fronts(system, all);
            daemon.Tell(new ConnectFronts(all.Containers, all.Images));
            return Task.FromResult(all);
        }
    }

    public string Root { get; }

    public NodeIdentity Identity { get; }

    public JournalFiles Journals { get; }

    public IContainerCatalog Catalog { get; }

    public IncarnationHost Host { get; }

    public async Task<LiveSystem> ReadyAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        return await Host.WhenReadyAsync(deadline.Token);
    }

    /// <summary>Ends the node and leaves its directory: a second one on it is a restart.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _certificates.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(Root, recursive: true);
    }
}
