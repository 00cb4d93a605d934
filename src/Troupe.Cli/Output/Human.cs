using System.Globalization;

namespace Troupe.Cli.Output;

/// <summary>Sizes and ages in Docker's words.</summary>
internal static class Human
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Decimal units, three significant digits: <c>4.26MB</c>, <c>72.8kB</c>, <c>0B</c>.</summary>
    public static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        for (; value >= 1000 && unit < Units.Length - 1; unit++) value /= 1000;
        var digits = value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##";
        return value.ToString(digits, CultureInfo.InvariantCulture) + Units[unit];
    }

    /// <summary><c>Less than a second</c>, <c>About a minute</c>, <c>3 hours</c>, <c>2 weeks</c> ...</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => "Less than a second",
        { TotalSeconds: < 2 } => "1 second",
        { TotalSeconds: < 60 } => $"{(int)time.TotalSeconds} seconds",
        { TotalMinutes: < 2 } => "About a minute",
        { TotalMinutes: < 60 } => $"{(int)time.TotalMinutes} minutes",
        _ => LongDuration((int)Math.Round(time.TotalHours, MidpointRounding.AwayFromZero)),
    };

    /// <summary>Parses <c>512m</c>, <c>1g</c>, <c>64kb</c>, <c>1024</c>: powers of 1024, as Docker's memory options.</summary>
    public static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        var lower = text.Trim().ToLowerInvariant();
        var number = lower.TrimEnd('b').TrimEnd('i');
        var unit = number.Length > 0 ? "kmgtp".IndexOf(number[^1], StringComparison.Ordinal) + 1 : 0;
        if (unit > 0) number = number[..^1];
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return false;
        value *= Math.Pow(1024, unit);
        if (value > long.MaxValue) return false;
        bytes = (long)value;
        return true;
    }

    private static string LongDuration(int hours) => hours switch
    {
        1 => "About an hour",
        < 48 => $"{hours} hours",
        < 24 * 7 * 2 => $"{hours / 24} days",
        < 24 * 30 * 2 => $"{hours / 24 / 7} weeks",
        < 24 * 365 * 2 => $"{hours / 24 / 30} months",
        _ => $"{hours / 24 / 365} years",
    };
}
