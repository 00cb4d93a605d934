using System.CommandLine;
using System.CommandLine.Help;
using Troupe.Cli.Attach;
using Troupe.Cli.Commands;
using Troupe.Cli.Engine;
using Troupe.Cli.Output;

namespace Troupe.Cli.CommandLine;

/// <summary>All commands, and the one place where errors become a line on stderr and an exit code.</summary>
internal static class CommandTree
{
    private static readonly Option<string?> Host = new("--host", "-H") { Description = "Engine to talk to (default: DOCKER_HOST)" };

    public static RootCommand Build()
    {
        var root = new RootCommand("The command line of Troupe, a container engine");
        // -h is the host name of a container for "run", as with docker.
        foreach (var help in root.Options.OfType<HelpOption>().ToList()) root.Options.Remove(help);
        root.Options.Add(new HelpOption("--help") { Recursive = true });
        root.Options.Add(Host);
        Command[] commands =
        [
            new RunCommand(), new CreateCommand(), new StartCommand(), new PsCommand(), new ImagesCommand(), new PullCommand(),
            new RmiCommand(), new LogsCommand(), new StopCommand(), new KillCommand(), new RmCommand(), new InspectCommand(), new WaitCommand(),
            new EventsCommand(), new VersionCommand(), new InfoCommand(),
        ];
        foreach (var command in commands) root.Subcommands.Add(command);
        return root;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var root = Build();
            var parsed = root.Parse(Order(root, args));
            if (parsed.Errors.Count > 0) throw new CliException($"{parsed.Errors[0].Message}\n\nRun 'troupe {Name(parsed)}--help' for more information");
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = Screen.Out,
                Error = Screen.Error,
            });
        }
        catch (CliException e)
        {
            await Screen.Error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
        catch (IOException e) when (StandardStreams.IsBrokenPipe(e))
        {
            return ExitCodes.BrokenPipe;
        }
    }

    /// <summary>The engine that --host, DOCKER_HOST or the default names. The caller disposes it.</summary>
    public static EngineClient Connect(ParseResult parsed)
    {
        var host = parsed.GetValue(Host) ?? Environment.GetEnvironmentVariable("DOCKER_HOST");
        return new EngineClient(EngineAddress.Parse(string.IsNullOrEmpty(host) ? EngineAddress.Default : host));
    }

    private static string[] Order(RootCommand root, string[] args)
    {
        var at = Array.FindIndex(args, a => root.Subcommands.Any(c => c.Name == a));
        if (at < 0) return args;
        var command = root.Subcommands.First(c => c.Name == args[at]);
        foreach (var option in root.Options.Where(o => o is HelpOption)) command.Options.Add(option);
        return [.. args[..(at + 1)], .. TokenOrder.Normalize(command, args[(at + 1)..], command is IOptionsFirst)];
    }

    private static string Name(ParseResult parsed) => parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
}

/// <summary>A command whose options end at its first argument: the rest belongs to the container.</summary>
internal interface IOptionsFirst;
