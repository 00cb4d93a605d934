using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Troupe.Integration.Tests.Harness;

namespace Troupe.Benchmarks;

/// <summary>Writes the table between the marks of docs/BENCHMARKS.md.</summary>
internal static class Report
{
    private const string Begin = "<!-- bench:begin -->";
    private const string End = "<!-- bench:end -->";

    public static async Task WriteAsync(string document, IReadOnlyList<Row> rows)
    {
        var text = await File.ReadAllTextAsync(document);
        var head = text[..(text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)];
        var tail = text[text.IndexOf(End, StringComparison.Ordinal)..];
        await File.WriteAllTextAsync(document, $"{head}\n{await MachineAsync()}\n\n{Table(rows)}{tail}");
    }

    private static string Table(IReadOnlyList<Row> rows)
    {
        var table = new StringBuilder("| work | contender | figure | bar |\n|---|---|---|---|\n");
        foreach (var row in rows) table.Append(CultureInfo.InvariantCulture, $"| {row.Work} | {row.Contender} | {row.Figure} | {row.Bar} |\n");
        return table.ToString();
    }

    private static async Task<string> MachineAsync()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1];
        var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
        var kernel = (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease")).Trim();
        string[] peers = [await VersionAsync("dockerd"), await VersionAsync("runc"), await VersionAsync("crun"), await VersionAsync("docker")];
        return $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}; {Environment.ProcessorCount} x {model ?? RuntimeInformation.OSArchitecture.ToString()}, "
            + $"Linux {kernel}, load at the end {load}. Peers: {string.Join("; ", peers)}.";
    }

    private static async Task<string> VersionAsync(string program) =>
        (await Command.RunAsync(Programs.Find(program), ["--version"])).ExpectSuccess().Output.Split('\n')[0];
}
