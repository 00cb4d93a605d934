using System.CommandLine;
using Troupe.Api;
using Troupe.Api.Images;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Output;
using Troupe.Specs;

namespace Troupe.Cli.Commands;

internal sealed class ImagesCommand : Command
{
    private const int ShortId = 12;
    private const string None = "<none>";
    private static readonly string[] Headings = ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"];

    private readonly Option<bool> _all = Words.Flag("Show all images (default hides intermediate images)", "--all", "-a");
    private readonly Option<bool> _quiet = Words.Flag("Only show image IDs", "--quiet", "-q");
    private readonly Option<bool> _noTrunc = Words.Flag("Don't truncate output", "--no-trunc");
    private readonly Option<string[]> _filter = Words.List("Filter output based on conditions provided", "--filter", "-f");
    private readonly Option<string?> _format = Words.Text("'table' or 'json'", "--format");
    private readonly Argument<string[]> _repository = Words.Any("REPOSITORY[:TAG]");

    public ImagesCommand() : base("images", "List images")
    {
        foreach (var option in new Option[] { _all, _quiet, _noTrunc, _filter, _format }) Options.Add(option);
        Arguments.Add(_repository);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var filters = parsed.GetValue(_filter)!.Concat((parsed.GetValue(_repository) ?? []).Select(r => "reference=" + r));
        var path = "/images/json" + Words.Query(("all", Words.Bit(parsed.GetValue(_all))), ("filters", Words.Filters(filters)));
        var images = await engine.GetAsync(path, ApiJson.Context.ImageSummaryArray, cancel);
        var isWhole = parsed.GetValue(_noTrunc);
        var now = TimeProvider.System.GetUtcNow();
        var rows = images.SelectMany(i => Rows(i, isWhole, now)).ToList();
        if (parsed.GetValue(_quiet)) foreach (var id in rows.Select(r => r[2]).Distinct()) Screen.Out.WriteLine(id);
        else Table.Write(parsed.GetValue(_format), Headings, ["Repository", "Tag", "ID", "CreatedSince", "Size"], rows);
        return 0;
    }

    /// <summary>One row per name; an image that is known by digest only, or not at all, has one without a tag.</summary>
    internal static IEnumerable<string[]> Rows(ImageSummary image, bool isWhole, DateTimeOffset now)
    {
        var names = image.RepoTags.Where(t => t != "<none>:<none>").Select(Split).ToList();
        if (names.Count == 0) names.AddRange(image.RepoDigests.Select(d => (d.Split('@')[0], None)).Distinct());
        if (names.Count == 0) names.Add((None, None));
        var id = isWhole ? image.Id : image.Id.Split(':')[^1][..ShortId];
        var created = Human.Duration(now - DateTimeOffset.FromUnixTimeSeconds(image.Created)) + " ago";
        return names.Select(n => new[] { n.Item1, n.Item2, id, created, Human.Size(image.Size) });
    }

    private static (string Repository, string Tag) Split(string name) =>
        ImageReference.TryParse(name, out var reference, out _) ? (reference.FamiliarName, reference.Tag ?? None) : (name, None);
}
