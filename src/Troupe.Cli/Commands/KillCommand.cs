using System.CommandLine;
using Troupe.Cli.CommandLine;

namespace Troupe.Cli.Commands;

internal sealed class KillCommand : Command
{
    private readonly Option<string?> _signal = Words.Text("Signal to send to the container", "--signal", "-s");
    private readonly Argument<string[]> _containers = Words.Many("CONTAINER");

    public KillCommand() : base("kill", "Kill one or more running containers")
    {
        Options.Add(_signal);
        Arguments.Add(_containers);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var query = Words.Query(("signal", parsed.GetValue(_signal)));
        return await EachTarget.RunAsync(
            parsed.GetRequiredValue(_containers), name => engine.PostAsync($"/containers/{Uri.EscapeDataString(name)}/kill{query}", cancel));
    }
}
