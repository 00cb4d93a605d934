using System.CommandLine;
using Troupe.Api;
using Troupe.Cli.CommandLine;

namespace Troupe.Cli.Commands;

internal sealed class RmiCommand : Command
{
    private readonly Option<bool> _force = Words.Flag("Force removal of the image", "--force", "-f");
    private readonly Option<bool> _noPrune = Words.Flag("Do not delete untagged parents", "--no-prune");
    private readonly Argument<string[]> _images = Words.Many("IMAGE");

    public RmiCommand() : base("rmi", "Remove one or more images")
    {
        Options.Add(_force);
        Options.Add(_noPrune);
        Arguments.Add(_images);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var query = Words.Query(("force", Words.Bit(parsed.GetValue(_force))), ("noprune", Words.Bit(parsed.GetValue(_noPrune))));
        return await EachTarget.RunAsync(parsed.GetRequiredValue(_images), async name =>
        {
            var steps = await engine.DeleteAsync($"/images/{name}{query}", ApiJson.Context.ImageDeleteItemArray, cancel);
            return string.Join('\n', steps.Select(s => s.Deleted is null ? $"Untagged: {s.Untagged}" : $"Deleted: {s.Deleted}"));
        });
    }
}
