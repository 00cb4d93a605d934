using BenchmarkDotNet.Running;
using Troupe.Benchmarks;
using Troupe.Integration.Tests.Harness;

// Arguments: any of runtime, shims, docker, node, micro; none means all but micro. The table of a partial run goes to stdout only.
var chosen = args.Where(a => a.Length > 0).ToHashSet();
if (chosen.Contains("micro"))
{
    BenchmarkRunner.Run<MicroBenchmarks>();
    return;
}

var registry = new RegistryFixture();
await using (registry)
{
    await registry.InitializeAsync();
    var rows = new List<Row>();
    if (Wants("runtime")) rows.AddRange(await RuntimeRun.MeasureAsync());
    if (Wants("shims")) rows.AddRange(await ShimMemory.MeasureAsync());
    if (Wants("docker")) rows.AddRange(await DockerRun.MeasureAsync(registry));
    if (Wants("node")) rows.AddRange(await NodeFootprint.MeasureAsync(registry));
    foreach (var row in rows) Console.WriteLine($"{row.Work,-60} {row.Contender,-15} {row.Figure,-22} {row.Bar}");
    if (chosen.Count == 0) await Report.WriteAsync(Path.Combine(Programs.Root, "docs/BENCHMARKS.md"), rows);
}

bool Wants(string name) => chosen.Count == 0 || chosen.Contains(name);
