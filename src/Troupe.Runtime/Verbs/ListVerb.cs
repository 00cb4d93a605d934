using System.Text;
using Troupe.Runtime.Containers;

namespace Troupe.Runtime.Verbs;

/// <summary><c>list</c>: a table, JSON, or ids.</summary>
internal static class ListVerb
{
    public static int Run(string[] arguments, string root)
    {
        var parsed = Arguments.Parse(arguments, ["quiet"], ["format"], [("q", "quiet"), ("f", "format")]);
        var states = OciContainers.List(root).ToArray();
        if (parsed.Has("quiet")) return CommandLine.Print(string.Join('\n', states.Select(s => s.Id)));
        if (parsed.Get("format") == "json") return CommandLine.Print(Encoding.UTF8.GetString(OciStateText.Of(states).Span));
        if (parsed.Get("format") is { } format && format != "table") throw new RuntimeException($"invalid format option \"{format}\"");
        string[] head = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];
        var rows = states.Select(s => new[] { s.Id, s.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture), s.Status, s.Bundle, $"{s.Created:yyyy-MM-ddTHH:mm:ss.fffffffZ}", "root" }).Prepend(head).ToList();
        var widths = Enumerable.Range(0, head.Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var row in rows) Console.Out.WriteLine(string.Join("   ", row.Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd());
        return 0;
    }
}
