using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Troupe.Cli.Output;

/// <summary>The two forms of a list: columns for people, one JSON object per line for programs.</summary>
internal static class Table
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="format">null or <c>table</c>, or <c>json</c>.</param>
    /// <exception cref="CliException">Another format: Go templates are the stock client's.</exception>
    public static void Write(string? format, string[] headings, string[] names, IReadOnlyList<string[]> rows)
    {
        if (format is null or "table") Screen.Out.Write(Columns.Format(headings, rows));
        else if (format is "json" or "{{json .}}") foreach (var row in rows) Screen.Out.WriteLine(Json(names, row));
        else throw new CliException($"invalid format '{format}': 'table' or 'json'");
    }

    private static string Json(string[] names, string[] values)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            foreach (var (name, value) in names.Zip(values)) json.WriteString(name, value);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
