using System.Net;
using System.Net.Sockets;

namespace Troupe.Cli.Engine;

/// <summary>Where the engine listens: <c>unix:///path</c> or <c>tcp://host:port</c>, as in DOCKER_HOST.</summary>
internal sealed record EngineAddress(string Text, string? SocketPath, string? Host, int Port)
{
    public const string Default = "unix:///run/troupe.sock";

    private const int PortDefault = 2375;

    /// <exception cref="CliException">Not an address that this client can use.</exception>
    public static EngineAddress Parse(string text)
    {
        if (text.StartsWith("unix://", StringComparison.Ordinal) && text.Length > "unix://".Length)
            return new EngineAddress(text, text["unix://".Length..], null, 0);
        if (text.StartsWith("tcp://", StringComparison.Ordinal) && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Host.Length > 0)
            return new EngineAddress(text, null, uri.Host, uri.Port < 0 ? PortDefault : uri.Port);
        throw new CliException($"unable to parse docker host `{text}`");
    }

    /// <exception cref="CliException">Nobody listens there.</exception>
    public async Task<Stream> ConnectAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limits.Connect);
        var socket = SocketPath is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            EndPoint there = SocketPath is null ? new DnsEndPoint(Host!, Port) : new UnixDomainSocketEndPoint(SocketPath);
            await socket.ConnectAsync(there, limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancel.ThrowIfCancellationRequested();
            throw new CliException($"Cannot connect to the Docker daemon at {Text}. Is the docker daemon running?");
        }
    }
}
