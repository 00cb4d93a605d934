using System.Text.Json;
using System.Text.RegularExpressions;

namespace Troupe.Gateway.Http;

/// <summary>
/// Docker's filters: <c>{"status":{"running":true}}</c>, or the older <c>{"status":["running"]}</c>. Values of one name are alternatives, names
/// must all match (labels: all of them).
/// </summary>
internal sealed class Filters
{
    private static readonly TimeSpan RegexTime = TimeSpan.FromMilliseconds(200);
    private readonly Dictionary<string, string[]> _values;

    private Filters(Dictionary<string, string[]> values) => _values = values;

    public static Filters None { get; } = new([]);

    public IEnumerable<string> Names => _values.Keys;

    /// <exception cref="ApiException">Not such an object, or a name that the list does not know.</exception>
    public static Filters Parse(string text, params ReadOnlySpan<string> known)
    {
        if (text.Length == 0) return None;
        if (text.Length > Limits.FiltersSizeMax) throw ApiException.Invalid("invalid filter: too long");
        var filters = new Filters(Read(text));
        foreach (var name in filters.Names)
        {
            if (!known.Contains(name)) throw ApiException.Invalid($"invalid filter '{name}'");
        }

        return filters;
    }

    public IReadOnlyList<string> Values(string name) => _values.GetValueOrDefault(name, []);

    public bool Has(string name) => _values.ContainsKey(name) && _values[name].Length > 0;

    /// <summary>True without such a filter, or when one of its values is the text.</summary>
    public bool MatchesExactly(string name, string text) => !Has(name) || _values[name].Contains(text);

    /// <summary>True without such a filter, or when one of its values equals the text or is a pattern found in it.</summary>
    public bool MatchesPattern(string name, string text) => !Has(name) || _values[name].Any(pattern => pattern == text || IsFound(pattern, text));

    /// <summary>True when every value <c>key</c> or <c>key=value</c> is among the labels.</summary>
    public bool MatchesLabels(string name, IReadOnlyDictionary<string, string> labels) => Values(name).All(wanted =>
    {
        var parts = wanted.Split('=', 2);
        return labels.TryGetValue(parts[0], out var value) && (parts.Length == 1 || value == parts[1]);
    });

    /// <summary>The value of a yes-or-no filter; null without it.</summary>
    /// <exception cref="ApiException">Neither yes nor no, or both.</exception>
    public bool? Flag(string name)
    {
        if (!Has(name)) return null;
        var values = _values[name];
        var isTrue = values.Any(v => v is "1" or "true");
        var isFalse = values.Any(v => v is "0" or "false");
        return isTrue != isFalse ? isTrue : throw ApiException.Invalid($"invalid filter '{name}={string.Join(',', values)}'");
    }

    private static bool IsFound(string pattern, string text)
    {
        try
        {
            // Without backtracking: a client's pattern can't hold a processor.
            return Regex.IsMatch(text, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, RegexTime);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static Dictionary<string, string[]> Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 4 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Malformed("not an object");
            var values = new Dictionary<string, string[]>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.EnumerateObject()) values[member.Name] = Alternatives(member.Value);
            return values;
        }
        catch (JsonException e)
        {
            throw Malformed(e.Message);
        }
        catch (InvalidOperationException e)
        {
            // Half of a surrogate pair, which the parser lets through.
            throw Malformed(e.Message);
        }
    }

    private static string[] Alternatives(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => [.. value.EnumerateObject()
            .Where(entry => entry.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? entry.Value.GetBoolean() : throw Malformed("not a boolean"))
            .Select(entry => entry.Name)],
        JsonValueKind.Array => [.. value.EnumerateArray()
            .Select(entry => entry.ValueKind == JsonValueKind.String ? entry.GetString()! : throw Malformed("not a string"))],
        _ => throw Malformed("not an object"),
    };

    private static ApiException Malformed(string why) => ApiException.Invalid($"invalid filter: {why}");
}
