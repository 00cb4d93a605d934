using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Troupe.Gateway.Hosting;
using Troupe.Gateway.Http;

namespace Troupe.Gateway;

/// <summary>
/// The REST listener of a node: Kestrel with nothing read from the environment or from files. One per process; it outlives actor systems.
/// </summary>
public sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly string[] _sockets;

    private GatewayHost(WebApplication web, string[] sockets)
    {
        _web = web;
        _sockets = sockets;
    }

    /// <summary>
    /// Listens on every endpoint. When it returns, clients are served; while the actor system is away they get a 503.
    /// </summary>
    /// <param name="loggers">Where the listener's own troubles go; the host's.</param>
    /// <exception cref="IOException">An endpoint can't be listened on; none is then left open.</exception>
    /// <exception cref="ArgumentException">A TCP endpoint is not on loopback, or an endpoint names neither or both ways.</exception>
    public static async Task<GatewayHost> StartAsync(
        GatewayParts parts, IReadOnlyList<GatewayEndpoint> endpoints, ILoggerFactory loggers, CancellationToken cancel)
    {
        foreach (var endpoint in endpoints) Check(endpoint);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(options => Configure(options, parts.Time, endpoints));
        builder.Services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = Bind);
        var web = builder.Build();
        web.Run(new GatewayApplication(parts, loggers.CreateLogger("Troupe.Gateway")).HandleAsync);
        var host = new GatewayHost(web, [.. endpoints.Select(e => e.UnixSocketPath).OfType<string>()]);
        try
        {
            await web.StartAsync(cancel);
            return host;
        }
        catch
        {
            await web.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where it listens on TCP: the ports that were asked for as 0 are known here. Empty without TCP.</summary>
    public IReadOnlyList<Uri> TcpAddresses =>
        [.. _web.Urls.Where(url => !url.Contains("unix:", StringComparison.Ordinal)).Select(url => new Uri(url))];

    /// <summary>Stops listening, gives running requests a moment and takes the sockets' files away.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(Limits.Shutdown))
        {
            await _web.StopAsync(limit.Token);
        }

        await _web.DisposeAsync();
        foreach (var path in _sockets) UnixSocketFile.Remove(path);
    }

    private static void Check(GatewayEndpoint endpoint)
    {
        if (endpoint.UnixSocketPath is null == endpoint.Tcp is null)
        {
            throw new ArgumentException("a gateway endpoint is either a unix socket or a TCP address");
        }

        if (endpoint.Tcp is { } tcp && !IPAddress.IsLoopback(tcp.Address))
        {
            throw new ArgumentException($"plain TCP on {tcp} would give the network root on this node: only loopback is possible");
        }
    }

    private static void Configure(KestrelServerOptions options, TimeProvider time, IReadOnlyList<GatewayEndpoint> endpoints)
    {
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        options.Limits.MaxConcurrentConnections = Limits.ConnectionsMax;
        options.Limits.MaxRequestBodySize = Limits.BodyDrainedBytesMax;
        options.Limits.MaxRequestHeadersTotalSize = Limits.HeadSizeBytesMax;
        options.Limits.MaxRequestLineSize = Limits.HeadSizeBytesMax;
        options.Limits.MaxRequestBufferSize = Math.Max(Limits.BodySizeBytesMax, Limits.HeadSizeBytesMax);
        options.Limits.RequestHeadersTimeout = Limits.RequestHead;
        options.Limits.KeepAliveTimeout = Limits.KeepAlive;

        // `docker logs | less` reads when a person pages on: no data rate is too low. Nobody waits for such a client.
        options.Limits.MinResponseDataRate = null;
        foreach (var endpoint in endpoints)
        {
            if (endpoint.UnixSocketPath is { } path) options.ListenUnixSocket(Path.GetFullPath(path), listen => Use(listen, time));
            else options.Listen(endpoint.Tcp!, listen => Use(listen, time));
        }
    }

    private static void Use(ListenOptions listen, TimeProvider time)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => async connection =>
        {
            await using var hijackable = new HijackableConnection(connection, time);
            await next(hijackable);
        });
    }

    private static Socket Bind(EndPoint endpoint) => endpoint is UnixDomainSocketEndPoint unix
        ? UnixSocketFile.Bind(unix.ToString()!)
        : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
}
