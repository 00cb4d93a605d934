using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Troupe.Api;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Output;

namespace Troupe.Cli.Commands;

internal sealed class EventsCommand : Command
{
    private readonly Option<string?> _since = Words.Text("Show all events created since timestamp", "--since");
    private readonly Option<string?> _until = Words.Text("Stream events until this timestamp", "--until");
    private readonly Option<string[]> _filter = Words.List("Filter output based on conditions provided", "--filter", "-f");
    private readonly Option<string?> _format = Words.Text("'json', or one line of text per event", "--format");

    public EventsCommand() : base("events", "Get real time events from the server")
    {
        foreach (var option in new Option[] { _since, _until, _filter, _format }) Options.Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var now = TimeProvider.System.GetUtcNow();
        var isJson = parsed.GetValue(_format) is "json" or "{{json .}}";
        var path = "/events" + Words.Query(
            ("since", Timestamps.ToUnix(parsed.GetValue(_since), now)), ("until", Timestamps.ToUnix(parsed.GetValue(_until), now)),
            ("filters", Words.Filters(parsed.GetValue(_filter)!)));
        using var answer = await engine.SendAsync(HttpMethod.Get, path, content: null, cancel);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancel));
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            if (line.Length > 0) Screen.Out.WriteLine(isJson ? line : Text(JsonSerializer.Deserialize(line, ApiJson.Context.EventMessage)!));
        }

        return 0;
    }

    /// <summary>Docker's line: local time with nanoseconds, type, action, id and the attributes in order of their names.</summary>
    internal static string Text(EventMessage message)
    {
        var time = DateTimeOffset.UnixEpoch.AddTicks(message.TimeNano / 100).ToLocalTime();
        var nanoseconds = (message.TimeNano % 1_000_000_000).ToString("D9", CultureInfo.InvariantCulture);
        var zone = time.Offset == TimeSpan.Zero ? "Z" : time.ToString("zzz", CultureInfo.InvariantCulture);
        var attributes = string.Join(", ", (message.Actor.Attributes ?? []).OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}"));
        var text = $"{time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)}.{nanoseconds}{zone} {message.Type} {message.Action} {message.Actor.Id}";
        return attributes.Length == 0 ? text : $"{text} ({attributes})";
    }
}
