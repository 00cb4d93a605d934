using System.Globalization;

namespace Troupe.Benchmarks;

/// <summary>One line of the table: a work, a contender, its figure.</summary>
/// <param name="Against">The peers' figures that the bar compares with; empty on a peer's own row.</param>
internal sealed record Row(string Work, string Contender, string Figure, string Bar = "");

internal static class Figures
{
    public static string Milliseconds(double seconds) => (seconds * 1000).ToString("0.0", CultureInfo.InvariantCulture) + " ms";

    public static string Mebibytes(double bytes) => (bytes / (1024 * 1024)).ToString("0.00", CultureInfo.InvariantCulture) + " MiB";

    public static string Ratio(double ours, double theirs) => (ours / theirs).ToString("0.00", CultureInfo.InvariantCulture);

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static string Verdict(bool isReached) => isReached ? "reached" : "**missed**";
}
