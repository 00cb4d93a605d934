using System.Globalization;

namespace Troupe.Gateway.Containers;

/// <summary>Spans of time as <c>docker ps</c> words them: rounded down to one unit, vague around one.</summary>
internal static class HumanDuration
{
    public static string Format(TimeSpan span)
    {
        var seconds = (long)span.TotalSeconds;
        var minutes = (long)span.TotalMinutes;
        var hours = (long)Math.Round(span.TotalHours, MidpointRounding.AwayFromZero);
        return (seconds, minutes, hours) switch
        {
            ( < 1, _, _) => "Less than a second",
            (1, _, _) => "1 second",
            ( < 60, _, _) => Count(seconds, "seconds"),
            (_, 1, _) => "About a minute",
            (_, < 60, _) => Count(minutes, "minutes"),
            (_, _, 1) => "About an hour",
            (_, _, < 48) => Count(hours, "hours"),
            (_, _, < 24 * 7 * 2) => Count(hours / 24, "days"),
            (_, _, < 24 * 30 * 2) => Count(hours / 24 / 7, "weeks"),
            (_, _, < 24 * 365 * 2) => Count(hours / 24 / 30, "months"),
            _ => Count((long)(span.TotalHours / 24 / 365), "years"),
        };
    }

    private static string Count(long number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number} {unit}");
}
