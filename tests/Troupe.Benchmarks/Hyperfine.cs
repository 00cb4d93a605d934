using System.Text.Json;
using Troupe.Integration.Tests.Harness;

namespace Troupe.Benchmarks;

/// <summary>Whole processes, timed by hyperfine without a shell between. Seconds.</summary>
internal sealed record Hyperfine(double Mean, double Median, double Min)
{
    private const int Warmups = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>All commands in one run of hyperfine, so that they share the machine's mood.</summary>
    /// <param name="wrapper">A program and arguments before hyperfine's own; empty for none.</param>
    public static async Task<IReadOnlyList<Hyperfine>> RunAsync(
        int runs, string[] wrapper, IReadOnlyDictionary<string, string?> environment, params string[] commands)
    {
        using var folder = new TempFolder();
        string[] words =
        [
            .. wrapper, Programs.Find("hyperfine"), "-N", "--style", "none", "--warmup", $"{Warmups}", "--runs", $"{runs}",
            "--export-json", folder["times.json"], .. commands,
        ];
        var result = await Command.RunAsync(words[0], words[1..], environment, limit: Limit);
        result.ExpectSuccess();
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(folder["times.json"]));
        return [.. json.RootElement.GetProperty("results").EnumerateArray().Select(Read)];
    }

    private static Hyperfine Read(JsonElement result) => new(
        result.GetProperty("mean").GetDouble(), result.GetProperty("median").GetDouble(), result.GetProperty("min").GetDouble());
}
