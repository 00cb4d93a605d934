using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Troupe.Gateway.Http;

/// <summary>Query parameters, read as Docker's engine reads them. Of several values of one name the first counts.</summary>
internal sealed class Query
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public Query(IQueryCollection query)
    {
        foreach (var (name, values) in query) _values[name] = values.Count > 0 ? values[0] ?? "" : "";
    }

    /// <summary>For the version transforms.</summary>
    public IDictionary<string, string> Values => _values;

    /// <summary>Empty when missing.</summary>
    public string Text(string name) => _values.GetValueOrDefault(name, "");

    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>Docker's BoolValue: everything is true but nothing, 0, no, false and none, in any case.</summary>
    public bool Flag(string name) => Text(name).Trim().ToLowerInvariant() is not ("" or "0" or "no" or "false" or "none");

    /// <summary>Null when missing or empty.</summary>
    /// <exception cref="ApiException">Not a number; in Go's words.</exception>
    public int? Number(string name)
    {
        var text = Text(name);
        if (text.Length == 0) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        throw ApiException.Invalid($"strconv.Atoi: parsing \"{text}\": invalid syntax");
    }

    /// <summary>
    /// An instant as clients send it: seconds since 1970 with an optional fraction, or RFC 3339. Null when missing or empty.
    /// </summary>
    /// <exception cref="ApiException">Neither of the two.</exception>
    public DateTimeOffset? Instant(string name)
    {
        var text = Text(name);
        if (text.Length == 0) return null;
        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && Math.Abs(seconds) < 100_000_000_000m)
        {
            return DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return at;
        throw ApiException.Invalid($"invalid timestamp for {name}: \"{text}\"");
    }
}
