using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Configuration;
using Troupe.Daemon.Cluster;
using Troupe.Daemon.Hosting;

namespace Troupe.Daemon.Tests.Hosting;

public sealed class RemotingTlsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("troupe-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Certificates_when_loaded_again_then_are_the_same_and_their_keys_are_secret()
    {
        using var first = Certificates("a");
        using var second = Certificates("a");

        Assert.Equal(first.Node.Thumbprint, second.Node.Thumbprint);
        Assert.True(first.IsTrusted(second.Node, TimeProvider.System));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_root, "a", "ca.key")));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_root, "a", "node.key")));
    }

    [Fact]
    public void Certificates_when_the_nodes_name_changes_then_a_new_one_of_the_same_authority_is_made()
    {
        using var first = Certificates("a");
        using var moved = ClusterCertificates.LoadOrCreate(Path.Combine(_root, "a"), "node", ["192.0.2.7"], TimeProvider.System);

        Assert.NotEqual(first.Node.Thumbprint, moved.Node.Thumbprint);
        Assert.Equal(first.Authority.Thumbprint, moved.Authority.Thumbprint);
        Assert.True(moved.Node.MatchesHostname("192.0.2.7"));
    }

    [Fact]
    public void Certificate_when_of_another_cluster_then_is_not_trusted()
    {
        using var ours = Certificates("a");
        using var theirs = Certificates("b");

        Assert.False(ours.IsTrusted(theirs.Node, TimeProvider.System));
    }

    [Fact]
    public async Task Remoting_when_both_nodes_are_of_one_cluster_then_talk_and_when_not_then_do_not()
    {
        using var ours = Certificates("a");
        using var theirs = Certificates("b");
        var server = Start("server", ours);
        var friend = Start("friend", ours);
        var stranger = Start("stranger", theirs);
        try
        {
            var echo = server.ActorOf(Props.Create(() => new Echo()), "echo");
            var address = server.Provider().DefaultAddress;
            var path = $"{address}/user/echo";

            Assert.Equal("hello", await friend.ActorSelection(path).Ask<string>("hello", TestNode.Deadline, TestContext.Current.CancellationToken));
            await Assert.ThrowsAsync<AskTimeoutException>(() =>
                stranger.ActorSelection(path).Ask<string>("hello", TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken));
            Assert.False(await AcceptsAsync(address, null));
            Assert.False(await AcceptsAsync(address, theirs.Node));
            Assert.True(await AcceptsAsync(address, ours.Node));
            Assert.NotNull(echo);
        }
        finally
        {
            await Task.WhenAll(server.Terminate(), friend.Terminate(), stranger.Terminate());
        }
    }

    /// <summary>A bare TLS client: the server must end the connection of one without a certificate of its cluster.</summary>
    private static async Task<bool> AcceptsAsync(Address address, X509Certificate2? certificate)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, address.Port!.Value, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(tcp.GetStream());
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = address.Host,
                    ClientCertificates = certificate is null ? [] : [certificate],
                    LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
                    // The server's certificate is our own trust's business; here the server judges ours.
                    RemoteCertificateValidationCallback = (_, server, _, _) => server is not null,
                },
                deadline.Token);
            return await tls.ReadAsync(new byte[1], deadline.Token) > 0;
        }
        catch (OperationCanceledException)
        {
            // It waits for our first message: it has accepted us.
            return true;
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private ClusterCertificates Certificates(string name) =>
        ClusterCertificates.LoadOrCreate(Path.Combine(_root, name), "node", ["127.0.0.1"], TimeProvider.System);

    private static ActorSystem Start(string name, ClusterCertificates certificates) => ActorSystem.Create(name, BootstrapSetup.Create()
        .WithConfig(ConfigurationFactory.ParseString(
            RemotingTls.Hocon + """

            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            """))
        .And(RemotingTls.Setup(certificates, TimeProvider.System)));

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(m => Sender.Tell(m));
    }
}

internal static class SystemExtensions
{
    public static IActorRefProvider Provider(this ActorSystem system) => ((ExtendedActorSystem)system).Provider;
}
