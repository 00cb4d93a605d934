using System.Text.Json.Nodes;
using Troupe.Containers.Shims;
using Troupe.Integration.Tests.Harness;
using Troupe.Specs;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Integration.Tests.Shim;

/// <summary>The published runtime as shim around real containers of busybox. Leaves no process, cgroup, mount or directory.</summary>
internal sealed class ShimLab : IAsyncDisposable
{
    private static readonly string[] s_applets = ["sh", "sleep", "cat", "head", "tr", "stty", "id", "wc", "yes", "seq", "dd"];
    private readonly List<(string Id, string RunDirectory)> _started = [];

    public ShimLab()
    {
        Root = Path.Combine("/tmp", "trp-lab-" + Guid.NewGuid().ToString("N")[..8]);
        var bin = Directory.CreateDirectory(Path.Combine(Root, "rootfs/bin")).FullName;
        File.Copy(Programs.Find("busybox"), Path.Combine(bin, "busybox"));
        foreach (var applet in s_applets) File.CreateSymbolicLink(Path.Combine(bin, applet), "busybox");
        File.WriteAllText(Path.Combine(Root, "rootfs/plain"), "not executable");
        Launcher = new ShimLauncher(new ShimLauncherOptions(Programs.Runtime, Path.Combine(Root, "rt"), null), TimeProvider.System);
    }

    public string Root { get; }

    public ShimLauncher Launcher { get; }

    public static AttachOptions Everything { get; } = new(Stdin: true, Stdout: true, Stderr: true, Replay: true);

    public static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    public async Task<ShimConfig> ConfigAsync(string[] arguments, bool terminal = false, bool stdin = false, long memoryMax = 0)
    {
        var id = ContainerId.New().Hex;
        var bundle = Directory.CreateDirectory(Path.Combine(Root, "b-" + id[..8])).FullName;
        (await Command.RunAsync(Programs.Find("runc"), ["spec", "--bundle", bundle])).ExpectSuccess();
        var path = Path.Combine(bundle, "config.json");
        var spec = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        spec["process"]!["terminal"] = terminal;
        spec["process"]!["args"] = new JsonArray([.. arguments.Select(a => (JsonNode)a)]);
        spec["process"]!["env"] = new JsonArray("PATH=/bin");
        spec["root"]!["path"] = Path.Combine(Root, "rootfs");
        if (memoryMax > 0) spec["linux"]!["resources"]!["memory"] = new JsonObject { ["limit"] = memoryMax, ["swap"] = memoryMax };
        await File.WriteAllTextAsync(path, spec.ToJsonString());
        return new ShimConfig(
            id, bundle, Path.Combine(Root, "s", id[..20]), Path.Combine(Root, "rt"), Path.Combine(bundle, id + "-json.log"), "json-file",
            10_000_000, 3, terminal, stdin, StdinOnce: false, []);
    }

    public async Task<IShimConnection> StartAsync(ShimConfig config)
    {
        _started.Add((config.Id, config.RunDirectory));
        return await Launcher.StartAsync(config, Soon);
    }

    public async Task<IShimConnection> RunAsync(ShimConfig config)
    {
        var shim = await StartAsync(config);
        await shim.CreateAsync(Soon);
        await shim.StartAsync(Soon);
        return shim;
    }

    public static async Task<string> ReadAllAsync(IAttachedStream stream)
    {
        var bytes = new List<byte>();
        while (await stream.ReadAsync(Soon) is { } chunk) bytes.AddRange(chunk.Data.Span);
        return System.Text.Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Reads until the output so far holds the text.</summary>
    public static async Task<string> ReadUntilAsync(IAttachedStream stream, string text)
    {
        var output = "";
        while (!output.Contains(text, StringComparison.Ordinal))
        {
            var chunk = await stream.ReadAsync(Soon);
            Assert.True(chunk is not null, $"the stream ended after: {output}");
            output += System.Text.Encoding.UTF8.GetString(chunk.Value.Data.Span);
        }
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (id, runDirectory) in _started) await Launcher.CleanAsync(id, runDirectory, Soon);
        Launcher.Dispose();
        Assert.Empty(Directory.Exists(Path.Combine(Root, "rt")) ? Directory.GetDirectories(Path.Combine(Root, "rt")) : []);
        foreach (var (id, _) in _started) Assert.Empty(Directory.GetDirectories("/sys/fs/cgroup", id, SearchOption.AllDirectories));
        Directory.Delete(Root, recursive: true);
    }
}
