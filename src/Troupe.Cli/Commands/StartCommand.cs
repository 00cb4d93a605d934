using System.CommandLine;
using Troupe.Api;
using Troupe.Cli.Attach;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Engine;

namespace Troupe.Cli.Commands;

internal sealed class StartCommand : Command
{
    private readonly Option<bool> _attach = Words.Flag("Attach STDOUT/STDERR and forward signals", "--attach", "-a");
    private readonly Option<bool> _interactive = Words.Flag("Attach container's STDIN", "--interactive", "-i");
    private readonly Argument<string[]> _containers = Words.Many("CONTAINER");

    public StartCommand() : base("start", "Start one or more stopped containers")
    {
        Options.Add(_attach);
        Options.Add(_interactive);
        Arguments.Add(_containers);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var names = parsed.GetRequiredValue(_containers);
        var hasInput = parsed.GetValue(_interactive);
        if (!hasInput && !parsed.GetValue(_attach))
            return await EachTarget.RunAsync(names, name => engine.PostAsync($"/containers/{Uri.EscapeDataString(name)}/start", cancel));
        if (names.Length > 1) throw new CliException("you cannot start and attach multiple containers at once");
        return await AttachedAsync(engine, names[0], hasInput, cancel);
    }

    private static async Task<int> AttachedAsync(EngineClient engine, string name, bool hasInput, CancellationToken cancel)
    {
        var container = await engine.GetAsync($"/containers/{Uri.EscapeDataString(name)}/json", ApiJson.Context.ContainerInspect, cancel);
        var options = new AttachOptions(hasInput && container.Config.OpenStdin, container.Config.Tty, PassesSignals: true);
        await using var session = await AttachSession.OpenAsync(engine, container.Id, options, cancel);
        using var exit = await ContainerExit.WatchAsync(engine, container.Id, container.HostConfig.AutoRemove ? "removed" : "next-exit", cancel);
        var streams = session.RunAsync(cancel);
        await engine.PostAsync($"/containers/{container.Id}/start", cancel);
        await session.AfterStart(cancel);
        return await streams ? await exit.CodeAsync(cancel) : 0;
    }
}
