using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Engine;
using Troupe.Cli.Output;

namespace Troupe.Cli.Commands;

/// <summary>What the engine knows of an object, as it says it: containers first, then images, then networks.</summary>
internal sealed class InspectCommand : Command
{
    private const int NotFound = 404;

    private static readonly (string Type, Func<string, string> Path)[] Kinds =
    [
        ("container", n => $"/containers/{Uri.EscapeDataString(n)}/json"), ("image", n => $"/images/{n}/json"),
        ("network", n => $"/networks/{Uri.EscapeDataString(n)}"),
    ];

    private readonly Option<string?> _type = Words.Text("Only inspect objects of the given type", "--type");
    private readonly Argument<string[]> _names = Words.Many("NAME|ID");

    public InspectCommand() : base("inspect", "Return low-level information on objects")
    {
        Options.Add(_type);
        Arguments.Add(_names);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var type = parsed.GetValue(_type);
        var kinds = Kinds.Where(k => type is null || k.Type == type).ToList();
        if (kinds.Count == 0) throw new CliException($"\"{type}\" is not a valid value for --type");
        var found = new List<JsonDocument>();
        var missing = new List<string>();
        foreach (var name in parsed.GetRequiredValue(_names))
        {
            if (await FindAsync(engine, kinds.Select(k => k.Path(name)), cancel) is { } document) found.Add(document);
            else missing.Add(name);
        }

        Screen.Out.WriteLine(Format(found));
        foreach (var name in missing) await Screen.Error.WriteLineAsync($"Error: No such {type ?? "object"}: {name}");
        return missing.Count == 0 ? 0 : 1;
    }

    private static async Task<JsonDocument?> FindAsync(EngineClient engine, IEnumerable<string> paths, CancellationToken cancel)
    {
        foreach (var path in paths)
        {
            try
            {
                return await engine.GetDocumentAsync(path, cancel);
            }
            catch (EngineException e) when (e.Status == NotFound)
            {
                // Not one of these: the next kind may have it.
            }
        }

        return null;
    }

    private static string Format(List<JsonDocument> documents)
    {
        using var buffer = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartArray();
            foreach (var document in documents) document.WriteTo(json);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
