using System.Runtime.InteropServices;
using Troupe.Daemon.Cluster;
using Troupe.Daemon.Engine;
using Troupe.Daemon.Index;
using Troupe.Daemon.Journal;
using Troupe.Daemon.Options;
using Troupe.Gateway;
using Troupe.Linux.Processes;

namespace Troupe.Daemon.Hosting;

/// <summary>
/// The living process around actor systems that come and go: lock, pid file, HTTP server, index, streams, event tail. Its end is
/// SIGTERM or SIGINT; containers go on.
/// </summary>
internal static class ProcessHost
{
    /// <summary>Runs until a signal. The data root's lock, the pid file and the sockets are given back whatever happens.</summary>
    /// <exception cref="OptionsException">The data root, pid file or an address is another daemon's, or can't be used.</exception>
    public static async Task RunAsync(DaemonOptions options, TimeProvider time)
    {
        using var stop = new StopSignal();
        await RunAsync(options, time, stop, _ => { }).ConfigureAwait(false);
    }

    /// <param name="started">Told of the incarnations before the first; a test ends them under living streams.</param>
    internal static async Task RunAsync(DaemonOptions options, TimeProvider time, StopSignal stop, Action<IncarnationHost> started)
    {
        var began = time.GetTimestamp();
        using var rootLock = DataRootLock.Take(options.DataRoot);
        using var pidFile = PidFile.Write(options.PidFile);
        using var loggers = Logging.Create(options);
        var logger = loggers.CreateLogger("trouped");
        var clusterDirectory = Path.Combine(options.DataRoot, "cluster");
        var identity = NodeIdentity.LoadOrCreate(clusterDirectory);
        Lines.Starting(logger, DaemonVersion.Text, identity.NodeId, Instance.Of(options.DataRoot), options.DataRoot, options.ExecRoot);
        var config = HoconFiles.Load(HoconFiles.FindDirectory(), options.HoconFiles, Settings(options));
        using var certificates = ClusterCertificates.LoadOrCreate(
            clusterDirectory, identity.NodeId, [config.GetString("akka.remote.dot-netty.tcp.hostname")], time);
        if (identity.IsFirstStart) Lines.ClusterInited(logger, clusterDirectory);
        var host = new HostParts(options, identity, config, certificates, loggers, time, began);
        await RunAsync(host, stop, logger, started).ConfigureAwait(false);
        Lines.Stopped(logger);
    }

    private static async Task RunAsync(HostParts host, StopSignal stop, ILogger logger, Action<IncarnationHost> started)
    {
        var journals = new JournalFiles(host.Options.DataRoot);
        journals.Prepare();
        var index = new ContainerIndex();
        index.Load(JournalViews.Read(journals.NodePath, host.Identity.NodeId));
        var tail = new JournalTail(journals.NodePath, host.Identity.NodeId, host.Time);
        index.Published += tail.Signal;
        await using var composition = new Composition(host, index, new JournalCatalog(journals.NodePath), tail.Signal);
        var incarnations = new IncarnationHost(
            new IncarnationParts(host.Config, journals, host.Certificates, host.Loggers, host.Time, composition.ComposeAsync), logger);
        started(incarnations);
        var info = new NodeInfo(host.Options, host.Identity, host.Time.GetUtcNow(), incarnations);
        var channel = new LocalNodeChannel(host.Identity.NodeId, composition.Streams, composition.Logs);
        var parts = new GatewayParts(
            new EngineClient(incarnations), index, composition.Streams, composition.Logs, tail, info, new EntityLocator(index), channel,
            host.Time);
        await using var gateway = await ListenAsync(host, parts, logger, stop.Token).ConfigureAwait(false);
        var ready = SayWhenReadyAsync(host, incarnations, logger, stop.Token);
        await incarnations.RunAsync(stop.Token).ConfigureAwait(false);
        Lines.Stopping(logger, stop.Reason);
        await ready.ConfigureAwait(false);
        NodeSweep.Run(Instance.Of(host.Options.DataRoot), logger);
    }

    private static async Task<GatewayHost> ListenAsync(HostParts host, GatewayParts parts, ILogger logger, CancellationToken cancel)
    {
        var endpoints = host.Options.Hosts.Select(h => new GatewayEndpoint(h.UnixPath, h.Tcp)).ToArray();
        var gateway = await GatewayHost.StartAsync(parts, endpoints, host.Loggers, cancel).ConfigureAwait(false);
        foreach (var address in host.Options.Hosts.Where(h => h.UnixPath is not null)) Lines.Listening(logger, address.ToString());
        foreach (var address in gateway.TcpAddresses) Lines.ListeningInsecurely(logger, address.ToString());
        return gateway;
    }

    private static async Task SayWhenReadyAsync(
        HostParts host, IncarnationHost incarnations, ILogger logger, CancellationToken stop)
    {
        try
        {
            await incarnations.WhenReadyAsync(stop).ConfigureAwait(false);
            Lines.Ready(logger, (long)host.Time.GetElapsedTime(host.Began).TotalMilliseconds);
            await Task.Delay(Limits.DelayTrim, host.Time, stop).ConfigureAwait(false);
            TrimMemory();
        }
        catch (OperationCanceledException)
        {
            // Stopped before it was ready.
        }
    }

    /// <summary>A start compiles and allocates far more than an idle node keeps: the kernel gets that back.</summary>
    private static void TrimMemory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        ProcessMemory.GiveBack();
    }

    private static string[] Settings(DaemonOptions options) =>
        [$"akka.loglevel={Logging.AkkaLevelOf(options)}", .. options.HoconSettings];
}

/// <summary>What the parts of the process host are made from.</summary>
internal sealed record HostParts(
    DaemonOptions Options, NodeIdentity Identity, Akka.Configuration.Config Config, ClusterCertificates Certificates,
    ILoggerFactory Loggers, TimeProvider Time, long Began);

/// <summary>SIGTERM and SIGINT, once; the process then ends in its own order.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignal() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, On),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, On),
        // A closed terminal is no reason to end a daemon.
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true),
    ];

    public CancellationToken Token => _source.Token;

    public string Reason { get; private set; } = "";

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    /// <summary>Asks for the end as a signal does.</summary>
    public void Stop(string reason)
    {
        Reason = reason;
        _source.Cancel();
    }

    private void On(PosixSignalContext context)
    {
        context.Cancel = true;
        Stop(context.Signal.ToString());
    }
}
