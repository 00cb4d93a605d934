namespace Troupe.Cli;

/// <summary>What went wrong, in words for the user; nothing else is printed.</summary>
internal class CliException(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>The engine refused; the text is its own.</summary>
internal sealed class EngineException(int status, string message) : CliException($"Error response from daemon: {message}")
{
    public int Status { get; } = status;

    /// <summary>The engine's text without the client's prefix.</summary>
    public string Reason { get; } = message;
}
