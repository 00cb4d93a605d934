using System.Diagnostics;
using System.Globalization;
using Troupe.Integration.Tests.Harness;

namespace Troupe.Benchmarks;

/// <summary>How soon a cold node serves, and what it and its shims weigh.</summary>
internal static class NodeFootprint
{
    private const int ColdStarts = 5;
    private const int Containers = 50;
    private const double ReadySecondsMax = 3;
    private const long IdleBytesMax = 150L * 1024 * 1024;
    private const double ShimBytesMax = 1.2 * 1024 * 1024;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(RegistryFixture registry)
    {
        await using var node = await TroupedNode.StartAsync();
        (await node.Docker.RunAsync("pull", registry.Busybox)).ExpectSuccess();
        var ready = await ColdStartAsync(node, registry);
        await SettleAsync();
        var idle = Field($"/proc/{node.Pid}/status", "VmRSS:");
        var (shim, runtime) = await ShimsAsync(node, registry);
        return
        [
            new Row($"cold start to the first `create` committed, median of {ColdStarts}", "trouped", Figures.Milliseconds(ready),
                $"under {ReadySecondsMax} s: {Figures.Verdict(ready < ReadySecondsMax)}"),
            new Row("idle resident set", "trouped", Figures.Mebibytes(idle), $"under 150 MiB: {Figures.Verdict(idle < IdleBytesMax)}"),
            new Row($"shim, PSS each at {Containers} containers", "troupe-runtime", Figures.Mebibytes(shim),
                $"under 1.2 MiB: {Figures.Verdict(shim < ShimBytesMax)}"),
            new Row($"resident set with {Containers} containers", "trouped", Figures.Mebibytes(runtime)),
        ];
    }

    /// <summary>From the start of the process over an existing data root until a create has been answered, in seconds.</summary>
    private static async Task<double> ColdStartAsync(TroupedNode node, RegistryFixture registry)
    {
        var times = new List<double>();
        for (var i = 0; i < ColdStarts; i++)
        {
            await node.StopAsync();
            var watch = Stopwatch.StartNew();
            await node.StartAgainAsync();
            var id = (await node.Docker.RunAsync("create", registry.Busybox)).ExpectSuccess().Line;
            (await node.Docker.RunAsync("ps", "-a")).ExpectSuccess();
            times.Add(watch.Elapsed.TotalSeconds);
            (await node.Docker.RunAsync("rm", id)).ExpectSuccess();
        }

        return Figures.Median(times);
    }

    private static async Task<(double Shim, double Trouped)> ShimsAsync(TroupedNode node, RegistryFixture registry)
    {
        await Parallel.ForAsync(0, Containers, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) =>
            (await node.Docker.RunAsync("run", "-d", "--network", "none", registry.Busybox, "sleep", "1000")).ExpectSuccess());
        await SettleAsync();
        var shims = LeakCheck.Processes(node.Folder).Select(p => p.Split(' '))
            .Where(p => p.Contains("shim")).Select(p => Field($"/proc/{p[1]}/smaps_rollup", "Pss:")).ToList();
        if (shims.Count != Containers) throw new InvalidOperationException($"{shims.Count} shims for {Containers} containers");
        return (shims.Average(), Field($"/proc/{node.Pid}/status", "VmRSS:"));
    }

    private static async Task SettleAsync()
    {
        using var timer = new PeriodicTimer(Settling);
        await timer.WaitForNextTickAsync();
    }

    /// <summary>A kB field of a /proc file, in bytes.</summary>
    private static long Field(string file, string name) =>
        1024 * long.Parse(
            File.ReadLines(file).First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture);
}
