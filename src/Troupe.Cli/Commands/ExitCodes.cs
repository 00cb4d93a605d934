namespace Troupe.Cli.Commands;

/// <summary>Docker's exit codes of a run that did not come to run: 125 in general, 127 not found, 126 not executable.</summary>
internal static class ExitCodes
{
    /// <summary>128 + SIGPIPE, as a shell shows a client that this signal ended.</summary>
    public const int BrokenPipe = 141;

    private const int NotRun = 125;
    private const int NotExecutable = 126;
    private const int NotFound = 127;

    private static readonly string[] NotFoundTexts = ["executable file not found", "no such file or directory"];
    private static readonly string[] NotExecutableTexts = ["permission denied", "is a directory"];

    public static int OfFailedRun(CliException error)
    {
        if (error is not EngineException) return NotRun;
        if (NotFoundTexts.Any(Says)) return NotFound;
        return NotExecutableTexts.Any(Says) ? NotExecutable : NotRun;

        bool Says(string text) => error.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
    }
}
