using Troupe.Integration.Tests.Harness;

namespace Troupe.Benchmarks;

/// <summary>
/// <c>docker run --rm busybox true</c> by the stock client, against trouped and Debian's dockerd: both are up, and one run of hyperfine
/// measures both, so that they share the machine's mood.
/// </summary>
internal static class DockerRun
{
    private const int Runs = 20;
    private const double OfDockerdMax = 0.4;
    private static readonly string[] Networks = ["bridge", "none"];

    public static async Task<IReadOnlyList<Row>> MeasureAsync(RegistryFixture registry)
    {
        await using var ours = await TroupedNode.StartAsync("--log-level", "info");
        await using var peer = await PeerNode.StartAsync();
        (await ours.Docker.RunAsync("pull", registry.Busybox)).ExpectSuccess();
        await peer.LoadAsync(registry.Busybox);

        var commands = Networks.SelectMany(n => new[] { Run(ours.Host, n), Run(peer.Host, n) }).ToArray();
        var times = await Hyperfine.RunAsync(Runs, wrapper: [], ours.Docker.Environment, commands);
        return [.. Networks.SelectMany((n, i) => Rows(n, times[2 * i], times[(2 * i) + 1]))];

        string Run(string host, string network) => $"{DockerCli.Program} --host {host} run --rm --network {network} {registry.Busybox} true";
    }

    private static Row[] Rows(string network, Hyperfine ours, Hyperfine theirs)
    {
        var work = $"`docker run --rm busybox true`, {network} network, median";
        var bar = $"{Figures.Ratio(ours.Median, theirs.Median)} of dockerd"
            + (network == "bridge" ? $" (at most {OfDockerdMax}): {Figures.Verdict(ours.Median <= OfDockerdMax * theirs.Median)}" : "");
        return [new Row(work, "trouped", Figures.Milliseconds(ours.Median), bar), new Row(work, "dockerd", Figures.Milliseconds(theirs.Median))];
    }
}
