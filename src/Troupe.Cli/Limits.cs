namespace Troupe.Cli;

/// <summary>Every bound of the client, with its unit and reason.</summary>
internal static class Limits
{
    /// <summary>Longest response head of a hijacked connection, bytes: Docker's own is below 500.</summary>
    public const int ResponseHeadBytes = 16 * 1024;

    /// <summary>Copy buffer, bytes: the pipe's own size, so that one read empties it.</summary>
    public const int CopyBytes = 64 * 1024;

    /// <summary>Longest error body that is shown, bytes.</summary>
    public const int ErrorBodyBytes = 1024 * 1024;

    /// <summary>Time to connect: a local socket answers at once or not at all.</summary>
    public static readonly TimeSpan Connect = TimeSpan.FromSeconds(10);
}
