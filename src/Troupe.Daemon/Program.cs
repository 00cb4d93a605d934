using Troupe.Daemon.Hosting;
using Troupe.Daemon.Options;

namespace Troupe.Daemon;

/// <summary>
/// <c>trouped</c>: exits 0 after SIGTERM or SIGINT, 1 when it can't start (one line on standard error says why), 125 on a wrong
/// command line.
/// </summary>
internal static class Program
{
    private const int ExitCannotStart = 1;
    private const int ExitUsage = 125;

    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            var line = CommandLine.Parse(arguments);
            if (line.Flag(OptionTable.Help)) return Say(OptionTable.Usage());
            if (line.Flag(OptionTable.Version)) return Say($"trouped version {DaemonVersion.Text}");
            return await StartAsync(OptionsReader.Read(line)).ConfigureAwait(false);
        }
        catch (OptionsException error)
        {
            await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
            return ExitUsage;
        }
    }

    private static async Task<int> StartAsync(DaemonOptions options)
    {
        try
        {
            await ProcessHost.RunAsync(options, TimeProvider.System).ConfigureAwait(false);
            return 0;
        }
        catch (Exception error) when (error is OptionsException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"failed to start daemon: {error.Message}").ConfigureAwait(false);
            return ExitCannotStart;
        }
    }

    private static int Say(string text)
    {
        Console.WriteLine(text);
        return 0;
    }
}
