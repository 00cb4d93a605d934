using System.CommandLine;
using Troupe.Cli.CommandLine;

namespace Troupe.Cli.Commands;

internal sealed class RmCommand : Command
{
    private readonly Option<bool> _force = Words.Flag("Force the removal of a running container (uses SIGKILL)", "--force", "-f");
    private readonly Option<bool> _volumes = Words.Flag("Remove anonymous volumes associated with the container", "--volumes", "-v");
    private readonly Argument<string[]> _containers = Words.Many("CONTAINER");

    public RmCommand() : base("rm", "Remove one or more containers")
    {
        Options.Add(_force);
        Options.Add(_volumes);
        Arguments.Add(_containers);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var query = Words.Query(("force", Words.Bit(parsed.GetValue(_force))), ("v", Words.Bit(parsed.GetValue(_volumes))));
        return await EachTarget.RunAsync(
            parsed.GetRequiredValue(_containers), name => engine.DeleteAsync($"/containers/{Uri.EscapeDataString(name)}{query}", cancel));
    }
}
