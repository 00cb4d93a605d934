using System.CommandLine;

namespace Troupe.Cli.CommandLine;

/// <summary>
/// Docker's order of words: for <c>run</c> and <c>create</c> everything from the image on belongs to the container, dashes or not. A
/// "--" is put before the first word that is no option, so that System.CommandLine reads it the same way. Unknown options are an
/// error here, where the library would take them for arguments.
/// </summary>
internal static class TokenOrder
{
    /// <summary>Docker's exit code for a command line that it can't read.</summary>
    public const int ExitUsage = 125;

    /// <param name="tokens">The words after the command's name.</param>
    /// <exception cref="CliException">An option that the command does not have.</exception>
    public static string[] Normalize(Command command, IReadOnlyList<string> tokens, bool isOptionsFirst)
    {
        var ordered = new List<string>(tokens.Count + 1);
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token == "--") return [.. ordered, .. tokens.Skip(i)];
            if (!IsOption(token))
            {
                if (isOptionsFirst) return [.. ordered, "--", .. tokens.Skip(i)];
                ordered.Add(token);
                continue;
            }

            ordered.Add(token);
            if (TakesNextWord(command, token) && i + 1 < tokens.Count) ordered.Add(tokens[++i]);
        }

        return [.. ordered];
    }

    private static bool IsOption(string token) => token.Length > 1 && token[0] == '-';

    private static bool TakesNextWord(Command command, string token)
    {
        if (token.StartsWith("--", StringComparison.Ordinal))
        {
            var equals = token.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? token : token[..equals];
            return TakesValue(Find(command, name) ?? throw Unknown(command, $"unknown flag: {name}")) && equals < 0;
        }

        // -it, -eNAME=value, -w /tmp: flags up to the first option with a value, which takes the rest or the next word.
        for (var i = 1; i < token.Length; i++)
        {
            var option = Find(command, $"-{token[i]}")
                ?? throw Unknown(command, $"unknown shorthand flag: '{token[i]}' in {token}");
            if (TakesValue(option)) return i == token.Length - 1;
        }

        return false;
    }

    private static bool TakesValue(Option option) => option.Arity.MinimumNumberOfValues > 0;

    private static Option? Find(Command command, string alias) =>
        command.Options.FirstOrDefault(o => o.Name == alias || o.Aliases.Contains(alias));

    private static CliException Unknown(Command command, string text) =>
        new($"{text}\n\nUsage:  troupe {command.Name} [OPTIONS]\n\nRun 'troupe {command.Name} --help' for more information", ExitUsage);
}
