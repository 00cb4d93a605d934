using System.CommandLine;

namespace Troupe.Cli.CommandLine;

/// <summary>Short forms for declaring options and arguments; the names are Docker's.</summary>
internal static class Words
{
    public static Option<bool> Flag(string description, string name, params string[] aliases) => new(name, aliases) { Description = description };

    public static Option<string?> Text(string description, string name, params string[] aliases) => new(name, aliases) { Description = description };

    public static Option<int?> Number(string description, string name, params string[] aliases) => new(name, aliases) { Description = description };

    public static Option<string[]> List(string description, string name, params string[] aliases) =>
        new(name, aliases) { Description = description, DefaultValueFactory = _ => [] };

    public static Argument<string> One(string name) => new(name) { Arity = ArgumentArity.ExactlyOne };

    /// <summary>One or more.</summary>
    public static Argument<string[]> Many(string name) => new(name) { Arity = ArgumentArity.OneOrMore };

    /// <summary>None, one or more.</summary>
    public static Argument<string[]> Any(string name) => new(name) { Arity = ArgumentArity.ZeroOrMore };

    /// <summary><c>k=v</c> pairs as Docker's filters parameter: <c>{"k":{"v":true}}</c>; an empty text for none.</summary>
    /// <exception cref="CliException">A pair without "=".</exception>
    public static string Filters(IEnumerable<string> pairs)
    {
        var groups = pairs.Select(p => p.Split('=', 2)).ToLookup(
            p => p.Length == 2 ? p[0].Trim() : throw new CliException($"invalid filter '{p[0]}': expected name=value", TokenOrder.ExitUsage), p => p[1]);
        if (groups.Count == 0) return "";
        using var buffer = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var group in groups)
            {
                json.WriteStartObject(group.Key);
                foreach (var value in group.Distinct()) json.WriteBoolean(value, true);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Uri.EscapeDataString(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    /// <summary>A query string of the parameters that have a value.</summary>
    public static string Query(params (string Name, string? Value)[] parameters)
    {
        var given = parameters.Where(p => !string.IsNullOrEmpty(p.Value)).Select(p => $"{p.Name}={p.Value}").ToList();
        return given.Count == 0 ? "" : "?" + string.Join('&', given);
    }

    public static string? Bit(bool isSet) => isSet ? "1" : null;
}
