using System.Net;
using System.Net.Sockets;

namespace Troupe.Integration.Tests.Harness;

/// <summary>
/// A private node: own roots, socket and address range. Disposing stops it and asserts that nothing of it is left on the machine.
/// TROUPE_PEER=dockerd runs Debian's dockerd instead, to test the tests.
/// </summary>
internal sealed class TroupedNode : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private static int _networks = Random.Shared.Next(0, 200);

    private readonly TempFolder _folder = new();
    private readonly string[] _arguments;
    private Command? _process;
    private bool _isOnOwnDisk;

    private readonly bool _isPeer;

    private TroupedNode(string[] arguments, bool isPeer)
    {
        _arguments = arguments;
        _isPeer = isPeer;
    }

    /// <summary>The tests run against dockerd.</summary>
    public static bool IsPeer { get; } = Environment.GetEnvironmentVariable("TROUPE_PEER") == "dockerd";

    public string Folder => _folder.Path;

    public string DataRoot => _folder["data"];

    public string ExecRoot => _folder["exec"];

    public string SocketPath => _folder["t.sock"];

    public string Host => $"unix://{SocketPath}";

    public string Instance => LeakCheck.InstanceOf(DataRoot);

    /// <summary>Address of the default bridge with its prefix, a range of its own for every node of a run.</summary>
    public string Bip { get; } = NextBip();

    public int Pid => Running.Pid;

    public DockerCli Docker => field ??= new DockerCli(Host, _folder["docker"]);

    public TroupeCli Troupe => field ??= new TroupeCli(Host);

    /// <summary>What trouped wrote since its last start.</summary>
    public string Log => Running.Output + Running.Error;

    private Command Running => _process ?? throw new InvalidOperationException("the node does not run");

    public static string NextBip() => $"10.199.{Interlocked.Increment(ref _networks) % 256}.1/24";

    public static Task<TroupedNode> StartAsync(params string[] arguments) => StartAsync(new TroupedNode(arguments, IsPeer));

    /// <summary>Its data root is a disk of its own, of this many MiB.</summary>
    public static async Task<TroupedNode> StartOnDiskAsync(int sizeMib)
    {
        var node = new TroupedNode([], IsPeer) { _isOnOwnDisk = true };
        Directory.CreateDirectory(node.DataRoot);
        (await Command.RunAsync(Programs.Find("mount"), ["-t", "tmpfs", "-o", $"size={sizeMib}m", "tmpfs", node.DataRoot])).ExpectSuccess();
        return await StartAsync(node);
    }

    /// <summary>Starts trouped over the same roots and waits until it answers.</summary>
    public Task StartAgainAsync() => StartAgainAsync(wrapper: []);

    /// <param name="wrapper">A program and arguments before trouped's own, e.g. strace.</param>
    public async Task StartAgainAsync(string[] wrapper)
    {
        StartWithoutWaiting(wrapper);
        await Poll.UntilAsync($"trouped answers on {SocketPath}", ReadyLimit, async () =>
        {
            Assert.False(Running.HasExited, $"trouped ended:\n{Log}");
            return await AnswersAsync();
        });
    }

    public void StartWithoutWaiting(string[] wrapper)
    {
        Directory.CreateDirectory(ExecRoot);
        string[] command = [.. wrapper, .. _isPeer ? Peer() : Own(), .. _arguments];
        // A killed .NET process leaves its diagnostic socket in /tmp.
        _process = Command.Start(command[0], command[1..], new Dictionary<string, string?> { ["DOTNET_EnableDiagnostics"] = "0" });
    }

    /// <summary>SIGTERM; waits until the process has ended and its socket and pid file are gone. Containers go on.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("TERM");
        var result = await Running.WaitAsync(StopLimit);
        await Running.DisposeAsync();
        _process = null;
        result.ExpectSuccess();
        if (!_isPeer) Assert.False(File.Exists(SocketPath), "the socket is still there");
        Assert.Empty(Directory.GetFiles(ExecRoot, "*.pid"));
    }

    /// <summary>SIGKILL; waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await Running.WaitAsync(StopLimit);
        await Running.DisposeAsync();
        _process = null;
    }

    /// <summary>Starts trouped again when something killed it; waits until it answers either way.</summary>
    /// <returns>Whether it had been killed.</returns>
    public async Task<bool> EnsureRunningAsync()
    {
        await Poll.UntilAsync("trouped answers or is gone", ReadyLimit, async () => Running.HasExited || await AnswersAsync());
        if (!Running.HasExited) return false;
        await Running.WaitAsync(StopLimit);
        await Running.DisposeAsync();
        _process = null;
        await StartAgainAsync();
        return true;
    }

    public async Task SignalAsync(string signal) => (await Command.RunAsync("/bin/kill", [$"-{signal}", $"{Pid}"])).ExpectSuccess();

    public async ValueTask DisposeAsync()
    {
        var log = "";
        if (_process is not null)
        {
            if (!_process.HasExited && await AnswersAsync()) await RemoveContainersAsync();
            log = Log;
            if (!_process.HasExited) await StopAsync();
        }

        if (_isOnOwnDisk) (await Command.RunAsync(Programs.Find("umount"), [DataRoot])).ExpectSuccess();
        var left = await LeakCheck.FindAsync(Folder, DataRoot);
        await LeakCheck.RemoveAsync(left);
        _folder.Dispose();
        if (!_isPeer) Assert.True(left.Count == 0, $"left behind:\n{string.Join('\n', left)}\n--- trouped's log\n{Tail(log)}");
    }

    private static async Task<TroupedNode> StartAsync(TroupedNode node)
    {
        await node.StartAgainAsync();
        return node;
    }

    private static string Tail(string log) => log.Length < 20_000 ? log : log[^20_000..];

    private async Task RemoveContainersAsync()
    {
        var ids = (await Docker.RunAsync("ps", "-aq")).ExpectSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (ids.Length > 0) (await Docker.RunAsync(["rm", "-f", .. ids])).ExpectSuccess();
    }

    private async Task<bool> AnswersAsync()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
            using var http = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(socket, ownsSocket: false)),
            });
            http.Timeout = TimeSpan.FromSeconds(5);
            using var answer = await http.GetAsync("http://trouped/containers/json");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is SocketException or HttpRequestException or TaskCanceledException or IOException)
        {
            return false;
        }
    }

    private string[] Own() =>
    [
        Programs.Trouped, "--data-root", DataRoot, "--exec-root", ExecRoot, "--host", Host, "--pidfile", Path.Combine(ExecRoot, "trouped.pid"),
        "--bip", Bip, .. _arguments.Contains("--log-level") ? Array.Empty<string>() : ["--log-level", "debug"],
    ];

    private string[] Peer() =>
    [
        Programs.Find("dockerd"), "--data-root", DataRoot, "--exec-root", ExecRoot, "--host", Host,
        "--pidfile", Path.Combine(ExecRoot, "dockerd.pid"), "--bip", Bip,
    ];
}
