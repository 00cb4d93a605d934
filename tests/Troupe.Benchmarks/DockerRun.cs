using Troupe.Integration.Tests.Harness;

namespace Troupe.Benchmarks;

/// <summary><c>docker run --rm busybox true</c> by the stock client: trouped and Debian's dockerd, one after the other.</summary>
internal static class DockerRun
{
    private const int Runs = 15;
    private const double OfDockerdMax = 0.4;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(RegistryFixture registry)
    {
        var ours = await MeasureAsync(registry, isPeer: false);
        var theirs = await MeasureAsync(registry, isPeer: true);
        var rows = new List<Row>();
        foreach (var (network, ourTime, theirTime) in ours.Zip(theirs, (o, t) => (o.Network, o.Time, t.Time)))
        {
            var work = $"`docker run --rm busybox true`, {network} network, median";
            var bar = $"{Figures.Ratio(ourTime.Median, theirTime.Median)} of dockerd"
                + (network == "bridge" ? $" (at most {OfDockerdMax}): {Figures.Verdict(ourTime.Median <= OfDockerdMax * theirTime.Median)}" : "");
            rows.Add(new Row(work, "trouped", Figures.Milliseconds(ourTime.Median), bar));
            rows.Add(new Row(work, "dockerd", Figures.Milliseconds(theirTime.Median)));
        }

        return rows;
    }

    private static async Task<IReadOnlyList<(string Network, Hyperfine Time)>> MeasureAsync(RegistryFixture registry, bool isPeer)
    {
        await using var node = await (isPeer ? TroupedNode.StartPeerAsync() : TroupedNode.StartAsync());
        (await node.Docker.RunAsync("pull", registry.Busybox)).ExpectSuccess();
        string[] networks = ["bridge", "none"];
        var times = await Hyperfine.RunAsync(
            Runs, wrapper: [], node.Docker.Environment,
            [.. networks.Select(n => $"{DockerCli.Program} run --rm --network {n} {registry.Busybox} true")]);
        return [.. networks.Zip(times)];
    }
}
