using System.Text;
using Troupe.Cli.Attach;

namespace Troupe.Cli.Output;

/// <summary>Text for the user, past <c>Console</c> for the reason that <see cref="StandardStreams"/> gives.</summary>
internal static class Screen
{
    public static TextWriter Out { get; } = Writer(StandardStreams.OpenOutput());

    public static TextWriter Error { get; } = Writer(StandardStreams.OpenError());

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
}
