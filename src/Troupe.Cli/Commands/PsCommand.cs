using System.CommandLine;
using System.Globalization;
using Troupe.Api;
using Troupe.Api.Containers;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Output;
using Troupe.Specs;

namespace Troupe.Cli.Commands;

internal sealed class PsCommand : Command
{
    private const int CommandWidth = 20;
    private const int ShortId = 12;
    private static readonly string[] Headings = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];

    private readonly Option<bool> _all = Words.Flag("Show all containers (default shows just running)", "--all", "-a");
    private readonly Option<bool> _quiet = Words.Flag("Only display container IDs", "--quiet", "-q");
    private readonly Option<bool> _noTrunc = Words.Flag("Don't truncate output", "--no-trunc");
    private readonly Option<int?> _last = Words.Number("Show n last created containers (includes all states)", "--last", "-n");
    private readonly Option<string[]> _filter = Words.List("Filter output based on conditions provided", "--filter", "-f");
    private readonly Option<string?> _format = Words.Text("'table' or 'json'", "--format");

    public PsCommand() : base("ps", "List containers")
    {
        foreach (var option in new Option[] { _all, _quiet, _noTrunc, _last, _filter, _format }) Options.Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var path = "/containers/json" + Words.Query(
            ("all", Words.Bit(parsed.GetValue(_all))), ("limit", parsed.GetValue(_last)?.ToString(CultureInfo.InvariantCulture)),
            ("filters", Words.Filters(parsed.GetValue(_filter)!)));
        var containers = await engine.GetAsync(path, ApiJson.Context.ContainerSummaryArray, cancel);
        var isWhole = parsed.GetValue(_noTrunc);
        var rows = containers.Select(c => Row(c, isWhole, TimeProvider.System.GetUtcNow())).ToList();
        if (parsed.GetValue(_quiet)) rows.ForEach(r => Screen.Out.WriteLine(r[0]));
        else Table.Write(parsed.GetValue(_format), Headings, ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"], rows);
        return 0;
    }

    internal static string[] Row(ContainerSummary container, bool isWhole, DateTimeOffset now) =>
    [
        isWhole ? container.Id : Cut(container.Id, ShortId),
        isWhole ? container.Image : ShortImage(container.Image),
        '"' + (isWhole ? container.Command : Ellipsis(container.Command)) + '"',
        Human.Duration(now - DateTimeOffset.FromUnixTimeSeconds(container.Created)) + " ago",
        container.Status,
        string.Join(", ", container.Ports.Select(Port)),
        string.Join(',', container.Names.Select(n => n.TrimStart('/')).Where(n => !n.Contains('/', StringComparison.Ordinal))),
    ];

    private static string Port(PortSummary port) =>
        port.PublicPort == 0 ? $"{port.PrivatePort}/{port.Type}" : $"{port.Ip}:{port.PublicPort}->{port.PrivatePort}/{port.Type}";

    /// <summary>An image whose name is gone shows as its id.</summary>
    private static string ShortImage(string image) =>
        image.StartsWith("sha256:", StringComparison.Ordinal) && Digest.TryParse(image, out _) ? Cut(image["sha256:".Length..], ShortId) : image;

    private static string Ellipsis(string text) => text.Length <= CommandWidth ? text : text[..(CommandWidth - 1)] + "…";

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
