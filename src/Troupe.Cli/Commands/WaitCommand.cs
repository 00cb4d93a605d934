using System.CommandLine;
using Troupe.Cli.CommandLine;

namespace Troupe.Cli.Commands;

internal sealed class WaitCommand : Command
{
    private readonly Argument<string[]> _containers = Words.Many("CONTAINER");

    public WaitCommand() : base("wait", "Block until one or more containers stop, then print their exit codes")
    {
        Arguments.Add(_containers);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        return await EachTarget.RunAsync(parsed.GetRequiredValue(_containers), async name =>
        {
            using var exit = await ContainerExit.WatchAsync(engine, Uri.EscapeDataString(name), "not-running", cancel);
            return (await exit.CodeAsync(cancel)).ToString(null, null);
        });
    }
}
