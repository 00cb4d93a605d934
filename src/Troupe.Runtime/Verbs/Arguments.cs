using Troupe.Runtime.Containers;

namespace Troupe.Runtime.Verbs;

/// <summary>
/// Options and words of one verb, in the manner of runc: <c>--name value</c>, <c>--name=value</c>, one or two dashes, options before words. After
/// the first word or <c>--</c> everything is a word.
/// </summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    public List<string> Words { get; } = [];

    /// <param name="switches">Options without a value, by their long names.</param>
    /// <param name="options">Options with a value.</param>
    /// <param name="aliases">Short to long.</param>
    public static Arguments Parse(ReadOnlySpan<string> arguments, string[] switches, string[] options, (string Short, string Long)[] aliases)
    {
        var result = new Arguments();
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (argument == "--" || argument.Length < 2 || argument[0] != '-' || result.Words.Count > 0)
            {
                if (argument != "--" || result.Words.Count > 0) result.Words.Add(argument);
                else
                {
                    result.Words.AddRange(arguments[(i + 1)..]);
                    break;
                }

                continue;
            }

            var name = argument.TrimStart('-');
            string? value = null;
            var equals = name.IndexOf('=', StringComparison.Ordinal);
            if (equals >= 0) (name, value) = (name[..equals], name[(equals + 1)..]);
            foreach (var (shortName, longName) in aliases)
            {
                if (name == shortName) name = longName;
            }

            if (Array.IndexOf(switches, name) >= 0) result.Add(name, value ?? "true");
            else if (Array.IndexOf(options, name) < 0) throw new RuntimeException($"flag provided but not defined: -{name}");
            else if (value is not null) result.Add(name, value);
            else if (++i < arguments.Length) result.Add(name, arguments[i]);
            else throw new RuntimeException($"flag needs an argument: -{name}");
        }

        return result;
    }

    private void Add(string name, string value)
    {
        if (!_values.TryGetValue(name, out var list)) _values[name] = list = [];
        list.Add(value);
    }

    public bool Has(string name) => _values.TryGetValue(name, out var list) && list[^1] is not ("false" or "0");

    public string? Get(string name) => _values.TryGetValue(name, out var list) ? list[^1] : null;

    public IReadOnlyList<string> All(string name) => _values.TryGetValue(name, out var list) ? list : [];

    public int Number(string name, int otherwise) =>
        Get(name) is not { } text ? otherwise
        : int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value
        : throw new RuntimeException($"invalid value \"{text}\" for flag -{name}");

    /// <summary>The only word: the container's id.</summary>
    public string Id(string verb) =>
        Words.Count == 1 ? Words[0] : throw new RuntimeException($"\"{verb}\" requires exactly 1 argument, the container id");
}
