using System.CommandLine;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Output;

namespace Troupe.Cli.Commands;

internal sealed class CreateCommand : Command, IOptionsFirst
{
    private readonly ContainerOptions _options = new();

    public CreateCommand() : base("create", "Create a new container")
    {
        _options.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        Screen.Out.WriteLine(await Creation.CreateAsync(engine, _options.ToRequest(parsed, isAttached: true), _options, parsed, cancel));
        return 0;
    }
}
