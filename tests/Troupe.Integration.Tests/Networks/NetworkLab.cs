using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Troupe.Integration.Tests.Harness;
using Troupe.Linux.Netlink;
using Troupe.Linux.Nftables;
using Troupe.Networks;
using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;

namespace Troupe.Integration.Tests.Networks;

/// <summary>
/// A host of a test's own: a network namespace, where nothing of the machine is touched, and processes that stand for containers and
/// neighbours. Everything goes with it.
/// </summary>
internal sealed class NetworkLab : IAsyncDisposable
{
    public const string Instance = "0a0a0a";
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();
    private readonly List<IAsyncDisposable> _things = [];

    public NetworkLab()
    {
        Host = NetworkNamespace.Create();
        Routes = RouteNetlink.OpenIn(Host);
        Nftables = NftablesContext.OpenIn(Host);
    }

    public NetworkNamespace Host { get; }

    public RouteNetlink Routes { get; }

    public NftablesContext Nftables { get; }

    public string LockPath => _folder["pools.lock"];

    /// <summary>A new namespace takes the machine's value over, whatever that is just now.</summary>
    public void TurnForwardingOff() => Host.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        return true;
    });

    public bool IsForwarding => Host.Run(() => File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Trim() == "1");

    public NetworkKernel OpenKernel() => NetworkKernel.OpenIn(Host, LockPath);

    public static NetworksSettings Settings(string lockPath, string instance = Instance) =>
        new(instance, null, [], 0, "akka.actor.default-dispatcher", TimeProvider.System, "", "", lockPath);

    public static BridgePlan Plan(string gateway = "172.17.0.1/24", string instance = Instance, params string[] owned) => new(
        KernelNames.DefaultBridge(instance), KernelNames.Table(instance), Ipv4Interface.Parse(gateway), 1400,
        KernelNames.VethPrefix(instance), owned);

    public static LinkPlan Link(string address, int pid, string endpoint, string instance = Instance) => new(
        KernelNames.Veth(instance, endpoint), KernelNames.DefaultBridge(instance), 1400,
        NetworkKernel.Mac(Ipv4Interface.Parse(address).Address), Ipv4Interface.Parse(address),
        Ipv4Interface.Parse(address).Subnet.FirstHost, pid);

    /// <summary>A process in a namespace of its own, as a created container's init.</summary>
    public async Task<Sandbox> StartSandboxAsync()
    {
        var process = Command.Start("unshare", ["--net", "sleep", "300"]);
        _things.Add(process);
        using var own = NetworkNamespace.Current();
        NetworkNamespace? place = null;
        await Poll.UntilAsync("the sandbox has its own network namespace", Limit, () =>
        {
            place?.Dispose();
            place = NetworkNamespace.OfProcess(process.Pid);
            return place.Identity != own.Identity;
        });
        return new Sandbox(process, place!);
    }

    public async Task StopAsync(Sandbox sandbox)
    {
        _things.Remove(sandbox.Process);
        sandbox.Place.Dispose();
        await sandbox.Process.DisposeAsync();
    }

    /// <summary>A neighbour of the host on a link of its own: 198.51.100.1/24 here (or another), .2 there.</summary>
    public NetworkNamespace AddNeighbour(string link, string hostAddress, string neighbourAddress)
    {
        var place = NetworkNamespace.Create();
        Routes.CreateVeth(new VethSpec(link, 0, 1500, "up0", PhysicalAddress.Parse("02000a0b0c0d"), place));
        Routes.AddAddress(Routes.FindLink(link)!.Index, IPAddress.Parse(hostAddress), 24);
        using var there = RouteNetlink.OpenIn(place);
        there.ConfigureInterface(new InterfaceSpec("up0", IPAddress.Parse(neighbourAddress), 24, IPAddress.Parse(hostAddress)));
        return place;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var thing in _things) await thing.DisposeAsync();
        Routes.Dispose();
        Nftables.Dispose();
        Host.Dispose();
        _folder.Dispose();
    }

    /// <summary>A listener inside a namespace that answers each connection with the address it saw.</summary>
    public static Listener Listen(NetworkNamespace place, string address)
    {
        var listener = place.Run(() =>
        {
            var socket = new TcpListener(IPAddress.Parse(address), 0);
            socket.Start();
            return socket;
        });
        return new Listener(listener);
    }

    /// <summary>Connects from inside a namespace and returns the address that the other side saw; null when it can't be reached in time.</summary>
    public static async Task<string?> SeenFromAsync(NetworkNamespace place, IPEndPoint target, TimeSpan limit)
    {
        using var client = place.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        using var source = new CancellationTokenSource(limit);
        try
        {
            await client.ConnectAsync(target, source.Token);
            var buffer = new byte[64];
            var length = await client.ReceiveAsync(buffer, source.Token);
            return Encoding.ASCII.GetString(buffer, 0, length);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    internal sealed record Sandbox(Command Process, NetworkNamespace Place)
    {
        public int Pid => Process.Pid;
    }

    internal sealed class Listener : IDisposable
    {
        private readonly TcpListener _listener;

        public Listener(TcpListener listener)
        {
            _listener = listener;
            _ = ServeAsync();
        }

        public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptSocketAsync();
                    await client.SendAsync(Encoding.ASCII.GetBytes(((IPEndPoint)client.RemoteEndPoint!).Address.ToString()));
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                Debug.WriteLine(exception.Message);
            }
        }
    }
}
