namespace Troupe.Specs.Distribution;

/// <summary>
/// One challenge of a <c>WWW-Authenticate</c> header (RFC 9110, 11.6.1). The scheme and the names of parameters are lower case.
/// </summary>
public sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>All challenges of one header value, in order. What can't be read ends the list: it is foreign text.</summary>
    public static IReadOnlyList<AuthChallenge> ParseAll(string header)
    {
        ArgumentNullException.ThrowIfNull(header);
        var challenges = new List<AuthChallenge>();
        Dictionary<string, string>? parameters = null;
        var position = 0;
        while (true)
        {
            SkipSeparators(header, ref position);
            var token = ReadToken(header, ref position);
            if (token.Length == 0) return challenges;
            if (parameters is null || !TryReadValue(header, ref position, out var value))
            {
                parameters = new Dictionary<string, string>(StringComparer.Ordinal);
                challenges.Add(new AuthChallenge(token.ToLowerInvariant(), parameters));
                continue;
            }

            parameters.TryAdd(token.ToLowerInvariant(), value);
        }
    }

    public string? this[string name] => Parameters.GetValueOrDefault(name);

    private static bool TryReadValue(string text, ref int position, out string value)
    {
        value = "";
        var at = position;
        while (at < text.Length && text[at] is ' ' or '\t') at++;
        if (at >= text.Length || text[at] != '=') return false;
        at++;
        while (at < text.Length && text[at] is ' ' or '\t') at++;
        if (at < text.Length && text[at] == '"') value = ReadQuoted(text, ref at);
        else value = ReadToken(text, ref at);
        position = at;
        return true;
    }

    private static string ReadQuoted(string text, ref int position)
    {
        var result = new System.Text.StringBuilder();
        for (position++; position < text.Length && text[position] != '"'; position++)
        {
            if (text[position] == '\\' && position + 1 < text.Length) position++;
            result.Append(text[position]);
        }

        position = Math.Min(position + 1, text.Length);
        return result.ToString();
    }

    private static void SkipSeparators(string text, ref int position)
    {
        while (position < text.Length && text[position] is ' ' or '\t' or ',') position++;
    }

    private static string ReadToken(string text, ref int position)
    {
        var start = position;
        while (position < text.Length && text[position] is not (' ' or '\t' or ',' or '=' or '"')) position++;
        return text[start..position];
    }
}
