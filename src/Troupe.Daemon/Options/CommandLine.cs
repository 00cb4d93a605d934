using System.Globalization;

namespace Troupe.Daemon.Options;

/// <summary>
/// The options as given: <c>--name value</c>, <c>--name=value</c>, <c>-n value</c>, <c>-nvalue</c>, flags with an optional
/// <c>=false</c>, as dockerd's flag parser reads them.
/// </summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    private CommandLine() { }

    public bool Has(string name) => _values.ContainsKey(name);

    public bool Flag(string name) => _values.TryGetValue(name, out var values) && values[^1] == "true";

    public string? Text(string name) => _values.TryGetValue(name, out var values) ? values[^1] : null;

    public string[] List(string name) => _values.TryGetValue(name, out var values) ? [.. values] : [];

    /// <exception cref="OptionsException">Unknown option, missing or wrong value, or a stray argument; in dockerd's words.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith('-') || argument.Length == 1)
            {
                throw new OptionsException($"\"trouped\" accepts no arguments.\nSee 'trouped --help'.\n\nUnexpected: {argument}");
            }

            var (option, value) = argument.StartsWith("--", StringComparison.Ordinal) ? Long(argument) : Short(argument);
            if (value is null && option.Kind == OptionKind.Flag) value = "true";
            if (value is null)
            {
                if (++i == arguments.Count) throw new OptionsException($"flag needs an argument: {argument}\nSee 'trouped --help'.");
                value = arguments[i];
            }

            line.Add(option, value);
        }

        return line;
    }

    private static (OptionDefinition Option, string? Value) Long(string argument)
    {
        var parts = argument[2..].Split('=', 2);
        var option = OptionTable.All.FirstOrDefault(o => o.Name == parts[0])
            ?? throw new OptionsException($"unknown flag: --{parts[0]}\nSee 'trouped --help'.");
        return (option, parts.Length == 2 ? parts[1] : null);
    }

    private static (OptionDefinition Option, string? Value) Short(string argument)
    {
        var option = OptionTable.All.FirstOrDefault(o => o.Short == argument[1])
            ?? throw new OptionsException($"unknown shorthand flag: '{argument[1]}' in {argument}\nSee 'trouped --help'.");
        var rest = argument[2..];
        return (option, rest.Length == 0 ? null : rest.StartsWith('=') ? rest[1..] : rest);
    }

    private void Add(OptionDefinition option, string value)
    {
        if (option.Kind == OptionKind.Flag) value = Boolean(option, value);
        if (!_values.TryGetValue(option.Name, out var values)) _values[option.Name] = values = [];
        values.Add(value);
    }

    private static string Boolean(OptionDefinition option, string value) => value.ToLower(CultureInfo.InvariantCulture) switch
    {
        "1" or "t" or "true" => "true",
        "0" or "f" or "false" => "false",
        _ => throw new OptionsException(
            $"invalid argument \"{value}\" for \"--{option.Name}\" flag: strconv.ParseBool: parsing \"{value}\": invalid syntax"),
    };
}
