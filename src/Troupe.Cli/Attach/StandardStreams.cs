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

    public static bool IsInputTerminal => RawTerminal.IsTerminal(StdinNumber);

    public static bool IsOutputTerminal => RawTerminal.IsTerminal(StdoutNumber);

    public static Stream OpenInput() => OpenTerminal(StdinNumber, FileAccess.Read);

    public static Stream OpenOutput() =>
        RawTerminal.IsTerminal(StdoutNumber) ? OpenTerminal(StdoutNumber, FileAccess.Write) : Console.OpenStandardOutput();

    public static Stream OpenError() =>
        RawTerminal.IsTerminal(StderrNumber) ? OpenTerminal(StderrNumber, FileAccess.Write) : Console.OpenStandardError();

    /// <summary>
    /// Not for files that are written to: two streams on one file would each keep a position of their own.
    /// </summary>
    private static FileStream OpenTerminal(int number, FileAccess access) =>
        new(new SafeFileHandle(number, ownsHandle: false), access, bufferSize: 0);
}
