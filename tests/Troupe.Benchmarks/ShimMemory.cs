using System.Globalization;
using Troupe.Containers.Shims;
using Troupe.Integration.Tests.Harness;
using Troupe.Integration.Tests.Shim;
using Troupe.Specs.Shim;

namespace Troupe.Benchmarks;

/// <summary>What a shim weighs beside a sleeping container, without a daemon: its share of shared pages and all of its own.</summary>
internal static class ShimMemory
{
    private const int Shims = 50;
    private const double BytesMax = 1.2 * 1024 * 1024;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Row>> MeasureAsync()
    {
        await using var lab = new ShimLab();
        var connections = new List<IShimConnection>();
        var pids = new List<int>();
        for (var i = 0; i < Shims; i++)
        {
            var config = await lab.ConfigAsync(["/bin/sleep", "1000"]);
            connections.Add(await lab.RunAsync(config));
            if (!ShimPid.TryParse(await File.ReadAllTextAsync(Path.Combine(config.RunDirectory, ShimPid.FileName)), out var pid)) throw new InvalidOperationException("no pid");
            pids.Add(pid.Pid);
        }

        using (var timer = new PeriodicTimer(Settling)) await timer.WaitForNextTickAsync();
        var (mean, most) = (pids.Average(PssBytes), pids.Max(PssBytes));
        foreach (var connection in connections) await connection.DisposeAsync();
        return
        [
            new Row($"shim with a sleeping container, PSS each of {Shims}, mean (most)", "troupe-runtime", $"{Figures.Mebibytes(mean)} ({Figures.Mebibytes(most)})",
                $"under 1.2 MiB: {Figures.Verdict(mean < BytesMax)}"),
        ];
    }

    private static double PssBytes(int pid) => 1024 * double.Parse(
        File.ReadLines($"/proc/{pid}/smaps_rollup").First(l => l.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
