using Microsoft.Win32.SafeHandles;
using Troupe.Linux.Terminals;

namespace Troupe.Cli.Attach;

/// <summary>Our own three streams as bytes. <c>Console</c> would read a terminal line by line.</summary>
internal static class StandardStreams
{
    public const int StdinNumber = 0;
    public const int StdoutNumber = 1;

    public static bool IsInputTerminal => RawTerminal.IsTerminal(StdinNumber);

    public static bool IsOutputTerminal => RawTerminal.IsTerminal(StdoutNumber);

    public static Stream OpenInput() => new FileStream(new SafeFileHandle(StdinNumber, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    public static Stream OpenOutput() => Console.OpenStandardOutput();

    public static Stream OpenError() => Console.OpenStandardError();
}
