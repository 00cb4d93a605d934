using Akka.Configuration;
using Troupe.Daemon.Options;

namespace Troupe.Daemon.Hosting;

/// <summary>The actor system's configuration: built-in files in a fixed order, then the user's files, then single settings.</summary>
internal static class HoconFiles
{
    public static readonly string[] Names = ["base.conf", "dispatchers.conf", "persistence.conf", "cluster.conf", "role-node.conf"];

    /// <summary>Beside the binary, or where Publish puts it: <c>artifacts/bin/trouped</c> and <c>artifacts/share/troupe/hocon</c>.</summary>
    public static string FindDirectory()
    {
        string[] candidates =
        [
            Path.Combine(AppContext.BaseDirectory, "hocon"),
            Path.Combine(AppContext.BaseDirectory, "..", "share", "troupe", "hocon"),
        ];
        return candidates.FirstOrDefault(d => File.Exists(Path.Combine(d, Names[0])))
            ?? throw new OptionsException($"the HOCON files are missing: looked in {string.Join(" and ", candidates.Select(Path.GetFullPath))}");
    }

    /// <exception cref="OptionsException">A file is missing or is not HOCON; says which.</exception>
    public static Config Load(string directory, IReadOnlyList<string> files, IReadOnlyList<string> settings)
    {
        // One text, so that a substitution in one file can name what another one has; parsed file by file only to say which is wrong.
        var text = "";
        foreach (var path in Names.Select(n => Path.Combine(directory, n)).Concat(files))
        {
            text += Read(path) + "\n";
            if (files.Contains(path)) Parse(path, text);
        }

        return Parse("the HOCON settings", text + string.Join('\n', settings.Select(Quote)));
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OptionsException($"the HOCON file {path} can't be read: {error.Message}");
        }
    }

    private static Config Parse(string what, string text)
    {
        try
        {
            return text.Trim().Length == 0 ? Config.Empty : ConfigurationFactory.ParseString(text);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The parser throws whatever it stumbles over: for the user all of it is one thing.
            throw new OptionsException($"{what}: not valid HOCON: {error.Message}");
        }
    }

    /// <summary>A value that is no number, boolean, list or object is quoted, so that <c>--set a.b=c:d</c> needs no quotes in the shell.</summary>
    private static string Quote(string setting)
    {
        var parts = setting.Split('=', 2);
        var value = parts[1].Trim();
        var plain = value.Length > 0 && (value[0] is '"' or '[' or '{' || value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'));
        return $"{parts[0].Trim()} = {(plain ? value : $"\"{value.Replace("\"", "\\\"", StringComparison.Ordinal)}\"")}";
    }
}
