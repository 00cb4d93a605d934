using System.CommandLine;
using Troupe.Api;
using Troupe.Cli.Attach;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Engine;

namespace Troupe.Cli.Commands;

internal sealed class LogsCommand : Command
{
    private readonly Option<bool> _follow = Words.Flag("Follow log output", "--follow", "-f");
    private readonly Option<bool> _timestamps = Words.Flag("Show timestamps", "--timestamps", "-t");
    private readonly Option<string?> _tail = Words.Text("Number of lines to show from the end of the logs", "--tail", "-n");
    private readonly Option<string?> _since = Words.Text("Show logs since a time or relative (e.g. 42m for 42 minutes)", "--since");
    private readonly Option<string?> _until = Words.Text("Show logs before a time or relative", "--until");
    private readonly Argument<string> _container = Words.One("CONTAINER");

    public LogsCommand() : base("logs", "Fetch the logs of a container")
    {
        foreach (var option in new Option[] { _follow, _timestamps, _tail, _since, _until }) Options.Add(option);
        Arguments.Add(_container);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var now = TimeProvider.System.GetUtcNow();
        var query = Words.Query(
            ("stdout", "1"), ("stderr", "1"), ("follow", Words.Bit(parsed.GetValue(_follow))),
            ("timestamps", Words.Bit(parsed.GetValue(_timestamps))), ("tail", parsed.GetValue(_tail) ?? "all"),
            ("since", Timestamps.ToUnix(parsed.GetValue(_since), now)), ("until", Timestamps.ToUnix(parsed.GetValue(_until), now)));
        var container = $"/containers/{Uri.EscapeDataString(parsed.GetRequiredValue(_container))}";
        using var answer = await engine.SendAsync(HttpMethod.Get, $"{container}/logs{query}", content: null, cancel);
        var isMultiplexed = await engine.SaysFramingAsync(cancel)
            ? answer.Content.Headers.ContentType?.MediaType == OutputCopy.MultiplexedType
            : !(await engine.GetAsync($"{container}/json", ApiJson.Context.ContainerInspect, cancel)).Config.Tty;
        await using var log = await answer.Content.ReadAsStreamAsync(cancel);
        await using var stdout = StandardStreams.OpenOutput();
        await using var stderr = StandardStreams.OpenError();
        if (isMultiplexed) await OutputCopy.DemultiplexAsync(log, stdout, stderr, cancel);
        else await OutputCopy.CopyAsync(log, stdout, cancel);
        return 0;
    }
}
