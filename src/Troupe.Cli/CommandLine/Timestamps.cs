using System.Buffers;
using System.Globalization;

namespace Troupe.Cli.CommandLine;

/// <summary>What Docker's --since and --until accept: seconds since 1970, an RFC 3339 time, or how long ago (<c>10m</c>, <c>1h30m</c>).</summary>
internal static class Timestamps
{
    private static readonly SearchValues<char> Numeric = SearchValues.Create("0123456789.");

    /// <exception cref="CliException">None of these.</exception>
    public static string? ToUnix(string? text, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _)) return text;
        if (TryParseDuration(text, out var ago)) return Seconds(now - ago);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time)) return Seconds(time);
        throw new CliException($"invalid value for time: '{text}'");
    }

    /// <summary>Go's notation, of which these units are of use here: h, m, s, ms.</summary>
    internal static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var digits = rest.IndexOfAnyExcept(Numeric);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return false;
            rest = rest[digits..];
            var unit = rest.IndexOfAny(Numeric);
            var name = unit < 0 ? rest : rest[..unit];
            var seconds = name switch { "h" => 3600, "m" => 60, "s" => 1, "ms" => 0.001, _ => 0 };
            if (seconds == 0) return false;
            duration += TimeSpan.FromSeconds(value * seconds);
            rest = rest[name.Length..];
        }

        return text.Length > 0;
    }

    private static string Seconds(DateTimeOffset time) =>
        $"{time.ToUnixTimeSeconds()}.{time.Ticks % TimeSpan.TicksPerSecond * 100:D9}";
}
