using System.CommandLine;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Output;

namespace Troupe.Cli.Commands;

internal sealed class PullCommand : Command
{
    private readonly Option<bool> _quiet = Words.Flag("Suppress verbose output", "--quiet", "-q");
    private readonly Argument<string> _image = Words.One("NAME");

    public PullCommand() : base("pull", "Download an image from a registry")
    {
        Options.Add(_quiet);
        Arguments.Add(_image);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        Screen.Out.WriteLine(await Images.PullAsync(engine, parsed.GetRequiredValue(_image), Screen.Out, parsed.GetValue(_quiet), cancel));
        return 0;
    }
}
