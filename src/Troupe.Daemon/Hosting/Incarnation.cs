using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Util;
using Troupe.Daemon.Cluster;
using Troupe.Daemon.Engine;
using Troupe.Daemon.Journal;
using Troupe.Protocol.Wire;

namespace Troupe.Daemon.Hosting;

/// <summary>What every actor system of this process is built from.</summary>
/// <param name="Compose">Makes the front actors. Called once per system, after the node is up.</param>
internal sealed record IncarnationParts(
    Config Config,
    JournalFiles Journals,
    ClusterCertificates Certificates,
    ILoggerFactory Loggers,
    TimeProvider Time,
    Func<ActorSystem, CancellationToken, Task<FrontActors>> Compose);

/// <summary>
/// One actor system in the living process: a member of the cluster from its start to its end. The process host builds another one
/// when it ended (a node that was downed, a new address); byte streams, the index and the HTTP server do not notice.
/// </summary>
internal sealed class Incarnation : IAsyncDisposable
{
    public const string SystemName = "troupe";

    private Incarnation(LiveSystem live) => Live = live;

    public LiveSystem Live { get; }

    /// <summary>Completes when the system has ended, by whatever cause.</summary>
    public Task Ended => Live.System.WhenTerminated;

    /// <summary>Builds the system, joins the cluster and makes the fronts. On failure nothing is left.</summary>
    public static async Task<Incarnation> StartAsync(IncarnationParts parts, CancellationToken cancel)
    {
        var system = Create(SetupOf(parts));
        try
        {
            // A cluster of one is inited at the node's first start, and rejoined by its only member: with a scheduler on SQLite this
            // node is the only one that may ever form it.
            var cluster = Akka.Cluster.Cluster.Get(system);
            await cluster.JoinAsync(cluster.SelfAddress, cancel).ConfigureAwait(false);
            return new Incarnation(new LiveSystem(system, await parts.Compose(system, cancel).ConfigureAwait(false)));
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Leaves the cluster and stops every actor; containers go on. Bounded by <see cref="Limits.TimeoutStop"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        var shutdown = CoordinatedShutdown.Get(Live.System).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        if (await Task.WhenAny(shutdown, Task.Delay(Limits.TimeoutStop)).ConfigureAwait(false) != shutdown)
        {
            await Live.System.Terminate().WaitAsync(Limits.TimeoutStop).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What ActorSystem.Create does, without its look into an app.config that is never there: that alone would load the XML libraries.
    /// </summary>
    private static ActorSystemImpl Create(ActorSystemSetup setup)
    {
        var config = setup.Get<BootstrapSetup>().Value.Config.Value.WithFallback(ConfigurationFactory.Default());
        var system = new ActorSystemImpl(SystemName, config, setup, Option<Props>.None);
        system.Start();
        return system;
    }

    private static ActorSystemSetup SetupOf(IncarnationParts parts)
    {
        // Over every file: what keeps the node safe, and where its journals are.
        var fixedSettings = ConfigurationFactory.ParseString(
            string.Join('\n', WireConfig.Hocon, RemotingTls.Hocon, parts.Journals.Hocon()));
        return BootstrapSetup.Create().WithConfig(fixedSettings.WithFallback(parts.Config))
            .And(RemotingTls.Setup(parts.Certificates, parts.Time))
            .And(parts.Journals.Setup())
            .And(new LoggingSetup(parts.Loggers));
    }
}
