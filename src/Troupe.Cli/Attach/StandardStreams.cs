using Microsoft.Win32.SafeHandles;
using Troupe.Linux.Terminals;

namespace Troupe.Cli.Attach;

/// <summary>
/// Our own three streams as bytes. <c>Console</c> would read a terminal line by line, and with the first byte written to one set it up for
/// itself (key codes, signal handlers that restore its modes), which is the container's business during <c>run -it</c>.
/// </summary>
internal static class StandardStreams
{
    public const int StdinNumber = 0;
    public const int StdoutNumber = 1;
    private const int StderrNumber = 2;

    /// <summary>EPIPE, which an I/O exception carries as its HResult.</summary>
    private const int BrokenPipe = 32;

    public static bool IsInputTerminal => RawTerminal.IsTerminal(StdinNumber);

    public static bool IsOutputTerminal => RawTerminal.IsTerminal(StdoutNumber);

    public static Stream OpenInput() => Open(StdinNumber, FileAccess.Read);

    public static Stream OpenOutput() => OpenForWriting(StdoutNumber, Console.OpenStandardOutput);

    public static Stream OpenError() => OpenForWriting(StderrNumber, Console.OpenStandardError);

    /// <summary>The reader of our output is gone: <c>troupe logs -f | head</c>. Docker's client dies by SIGPIPE there.</summary>
    public static bool IsBrokenPipe(IOException e) => e.HResult == BrokenPipe;

    /// <summary>
    /// The console's stream takes a broken pipe for success, and a copy to it would never end. For files it is right: two streams on one
    /// file would each keep a position of their own.
    /// </summary>
    private static Stream OpenForWriting(int number, Func<Stream> openConsole)
    {
        try
        {
            var own = Open(number, FileAccess.Write);
            if (!own.CanSeek) return own;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It was closed before we began (>&-): the console's stream swallows what is written.
        }

        return openConsole();
    }

    private static FileStream Open(int number, FileAccess access) =>
        new(new SafeFileHandle(number, ownsHandle: false), access, bufferSize: 0);
}
