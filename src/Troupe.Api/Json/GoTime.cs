using System.Globalization;

namespace Troupe.Api.Json;

/// <summary>Instants as Go's time.RFC3339Nano writes them: no trailing zeros in the fraction, Z for UTC.</summary>
public static class GoTime
{
    /// <summary>What Docker shows for "never".</summary>
    public const string Zero = "0001-01-01T00:00:00Z";

    public static string Format(DateTimeOffset? time) => time is { } at
        ? at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture)
        : Zero;

    /// <summary>With all nine digits of the fraction, as log timestamps are written.</summary>
    public static string FormatFixed(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    /// <summary>False for what is not RFC 3339; the zero time is null.</summary>
    public static bool TryParse(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (text is null or Zero) return text is not null;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return false;
        time = at;
        return true;
    }

    /// <summary>Nanoseconds since 1970; what EventMessage.TimeNano holds. Ticks of 100 ns are all that .NET knows.</summary>
    public static long UnixNanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;
}
