using System.Text;
using System.Text.Json;
using Troupe.Containers.Shims;
using Troupe.Specs;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Tests.Shims;

/// <summary>A directory of its own and a launcher of real shim processes around plain processes. Leaves nothing behind.</summary>
public sealed class ShimHome : IAsyncDisposable
{
    private readonly List<(string Id, string RunDirectory)> _started = [];

    public ShimHome()
    {
        Root = Path.Combine("/tmp", "trp-shim-" + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(Root);
        Launcher = new ShimLauncher(new ShimLauncherOptions(HostPath, Path.Combine(Root, "rt"), null), TimeProvider.System);
    }

    public string Root { get; }

    public ShimLauncher Launcher { get; }

    public static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    private static string HostPath
    {
        get
        {
            var ours = new DirectoryInfo(AppContext.BaseDirectory); // .../Troupe.Containers.Tests/bin/CONFIG/net10.0
            var tests = ours.Parent!.Parent!.Parent!.Parent!.FullName;
            return Path.Combine(tests, "Troupe.ShimHost", "bin", ours.Parent.Name, ours.Name, "Troupe.ShimHost");
        }
    }

    public ShimConfig Config(string[] arguments, bool stdin = false, bool stdinOnce = false, long logSizeMax = 10_000_000, string driver = "json-file")
    {
        var id = ContainerId.New().Hex;
        var bundle = Path.Combine(Root, "b" + id[..6]);
        Directory.CreateDirectory(bundle);
        File.WriteAllText(Path.Combine(bundle, "config.json"), JsonSerializer.Serialize(new { process = new { args = arguments } }));
        return new ShimConfig(
            id, bundle, Path.Combine(Root, "s", id[..20]), Path.Combine(Root, "rt"), Path.Combine(bundle, id + "-json.log"), driver,
            logSizeMax, 3, Terminal: false, stdin, stdinOnce, []);
    }

    public static ShimConfig Shell(ShimHome home, string script, bool stdin = false, bool stdinOnce = false, long logSizeMax = 10_000_000) =>
        home.Config(["/bin/sh", "-c", script], stdin, stdinOnce, logSizeMax);

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

    public static byte[] LogBytes(ShimConfig config, StdStream stream)
    {
        var bytes = new List<byte>();
        foreach (var path in LogFiles(config))
        {
            foreach (var line in Encoding.UTF8.GetString(File.ReadAllBytes(path)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var raw = Encoding.UTF8.GetBytes(line);
                var data = new byte[raw.Length];
                Assert.True(JsonLogParser.TryParse(raw, data, out var length, out var of, out _), line);
                if (of == stream) bytes.AddRange(data.AsSpan(0, length));
            }
        }
        return [.. bytes];
    }

    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<string> LogFiles(ShimConfig config) =>
        [.. Enumerable.Range(0, 10).Reverse().Select(n => n == 0 ? config.LogPath : $"{config.LogPath}.{n}").Where(File.Exists)];

    public static async Task<byte[]> ReadAllAsync(IAttachedStream stream, StdStream of = StdStream.Stdout)
    {
        var bytes = new List<byte>();
        while (await stream.ReadAsync(Soon) is { } chunk)
        {
            if (chunk.Stream == of) bytes.AddRange(chunk.Data.Span);
        }
        return [.. bytes];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (id, runDirectory) in _started)
        {
            KillTask(runDirectory);
            await Launcher.CleanAsync(id, runDirectory, Soon);
        }
        Launcher.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    public static ShimPid? PidOf(string runDirectory)
    {
        var path = Path.Combine(runDirectory, ShimPid.FileName);
        return File.Exists(path) && ShimPid.TryParse(File.ReadAllText(path), out var pid) ? pid : null;
    }

    /// <summary>Plain processes have no cgroup to be found by: the shim's children are killed before it.</summary>
    private static void KillTask(string runDirectory)
    {
        if (PidOf(runDirectory) is not { } shim) return;
        var children = $"/proc/{shim.Pid}/task/{shim.Pid}/children";
        if (!File.Exists(children)) return;
        foreach (var child in File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            using var process = Linux.Processes.PidFds.TryOpen(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture), out _);
            if (process is not null) Linux.Processes.PidFds.Signal(process, 9);
        }
    }
}
