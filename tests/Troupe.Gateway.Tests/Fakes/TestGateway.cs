using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Troupe.Gateway.Tests.Fakes;

/// <summary>A real gateway over a unix socket in a directory of its own, in front of a fake node.</summary>
public sealed class TestGateway : IAsyncDisposable
{
    private readonly string _directory;

    private TestGateway(string directory, FakeNode node, GatewayHost host)
    {
        _directory = directory;
        Node = node;
        Host = host;
    }

    public FakeNode Node { get; }

    public GatewayHost Host { get; }

    public string Socket => Path.Combine(_directory, "run", "t.sock");

    public static async Task<TestGateway> StartAsync(bool withTcp = false, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        var directory = Directory.CreateTempSubdirectory("trpgw").FullName;
        var node = new FakeNode();
        List<GatewayEndpoint> endpoints = [new(Path.Combine(directory, "run", "t.sock"), null)];
        if (withTcp) endpoints.Add(new GatewayEndpoint(null, new IPEndPoint(IPAddress.Loopback, 0)));
        var host = await GatewayHost.StartAsync(node.Parts(time), endpoints, loggers ?? NullLoggerFactory.Instance, CancellationToken.None);
        return new TestGateway(directory, node, host);
    }

    /// <summary>An HTTP client whose connections go to the socket.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://api.moby.localhost"),
        Timeout = TimeSpan.FromSeconds(60),
    };

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
