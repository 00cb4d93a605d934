using System.CommandLine;
using Troupe.Api.Containers;
using Troupe.Cli.Attach;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Engine;
using Troupe.Cli.Output;

namespace Troupe.Cli.Commands;

/// <summary>Create, attach, wait, start: in this order, so that neither a byte nor the exit is missed.</summary>
internal sealed class RunCommand : Command, IOptionsFirst
{
    private readonly ContainerOptions _options = new();
    private readonly Option<bool> _detach = Words.Flag("Run container in background and print container ID", "--detach", "-d");
    private readonly Option<bool> _sigProxy = new("--sig-proxy") { Description = "Proxy received signals to the process", DefaultValueFactory = _ => true };

    public RunCommand() : base("run", "Create and run a new container from an image")
    {
        Options.Add(_detach);
        Options.Add(_sigProxy);
        _options.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var isDetached = parsed.GetValue(_detach);
        var request = _options.ToRequest(parsed, isAttached: !isDetached);
        if (request is { Tty: true, AttachStdin: true } && !StandardStreams.IsInputTerminal) throw new CliException("the input device is not a TTY");
        try
        {
            var id = await Creation.CreateAsync(engine, request, _options, parsed, cancel);
            if (!isDetached) return await ForegroundAsync(engine, id, request, parsed.GetValue(_sigProxy), cancel);
            await engine.PostAsync($"/containers/{id}/start", cancel);
            Screen.Out.WriteLine(id);
            return 0;
        }
        catch (CliException e)
        {
            throw new CliException($"troupe: {e.Message}\n\nRun 'troupe run --help' for more information", ExitCodes.OfFailedRun(e));
        }
    }

    private static async Task<int> ForegroundAsync(
        EngineClient engine, string id, ContainerCreateRequest request, bool passesSignals, CancellationToken cancel)
    {
        await using var session = await AttachSession.OpenAsync(
            engine, id, new AttachOptions(request.AttachStdin, request.Tty, passesSignals), cancel);
        using var exit = await ContainerExit.WatchAsync(engine, id, request.HostConfig!.AutoRemove ? "removed" : "next-exit", cancel);
        var streams = session.RunAsync(cancel);
        await engine.PostAsync($"/containers/{id}/start", cancel);
        await session.AfterStart(cancel);
        return await streams ? await exit.CodeAsync(cancel) : 0;
    }
}
