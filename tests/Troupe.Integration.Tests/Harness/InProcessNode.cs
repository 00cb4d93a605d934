using Troupe.Daemon.Hosting;
using Troupe.Daemon.Options;

namespace Troupe.Integration.Tests.Harness;

/// <summary>
/// trouped inside the test's process, with real shims and containers: for what only the inside can bring about, the end of its actor
/// system. Disposing stops it and asserts that nothing of it is left.
/// </summary>
internal sealed class InProcessNode : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StopSignal _stop = new();
    private readonly Task _running;
    private readonly TaskCompletionSource<IncarnationHost> _started = new();

    private InProcessNode()
    {
        Environment.SetEnvironmentVariable("TROUPE_RUNTIME", Programs.Runtime);
        Directory.CreateDirectory(_folder["exec"]);
        var options = OptionsReader.Read(CommandLine.Parse(
        [
            "--data-root", _folder["data"], "--exec-root", _folder["exec"], "--host", $"unix://{_folder["t.sock"]}",
            "--pidfile", _folder["exec/trouped.pid"], "--bip", TroupedNode.NextBip(), "--log-level", "error",
        ]));
        Docker = new DockerCli($"unix://{_folder["t.sock"]}", _folder["docker"]);
        _running = ProcessHost.RunAsync(options, TimeProvider.System, _stop, _started.SetResult);
    }

    public DockerCli Docker { get; }

    public static async Task<InProcessNode> StartAsync()
    {
        var node = new InProcessNode();
        await node.ReadyAsync();
        return node;
    }

    /// <summary>Ends the actor system, as when the cluster downed the node, and waits for the next one.</summary>
    public async Task RebuildAsync()
    {
        await (await _started.Task).EndCurrentAsync();
        await ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        var ids = (await Docker.RunAsync("ps", "-aq")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (ids.Length > 0) await Docker.RunAsync(["rm", "-f", .. ids]);
        _stop.Stop("the test has ended");
        await _running.WaitAsync(Command.Limit);
        _stop.Dispose();
        var left = await LeakCheck.FindAsync(_folder.Path, _folder["data"]);
        await LeakCheck.RemoveAsync(left);
        _folder.Dispose();
        Assert.True(left.Count == 0, $"left behind:\n{string.Join('\n', left)}");
    }

    private async Task ReadyAsync()
    {
        using var deadline = new CancellationTokenSource(Command.Limit);
        await Task.WhenAny(_started.Task, _running).WaitAsync(deadline.Token);
        if (_running.IsCompleted) await _running;
        await (await _started.Task).WhenReadyAsync(deadline.Token);
    }
}
