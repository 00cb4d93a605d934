using System.Globalization;

namespace Troupe.Gateway.Containers;

/// <summary>Signal names as clients send them: <c>TERM</c>, <c>SIGTERM</c>, <c>15</c>, <c>RTMIN+3</c>; case does not matter (signal(7)).</summary>
internal static class Signals
{
    public const int Kill = 9;
    private const int Highest = 64;

    // glibc keeps 32 and 33 for itself.
    private const int RealtimeMin = 34;

    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>1 to 64, or false.</summary>
    public static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal)) return signal is >= 1 and <= Highest;
        var name = text.ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal)) name = name[3..];
        signal = name switch
        {
            "" => 0,
            "IOT" => 6,
            "CLD" => 17,
            "POLL" => 29,
            "RTMIN" => RealtimeMin,
            "RTMAX" => Highest,
            _ when Offset(name, "RTMIN+") is { } above => RealtimeMin + above,
            _ when Offset(name, "RTMAX-") is { } below => Highest - below,
            _ => Array.IndexOf(Names, name),
        };
        return signal is >= 1 and <= Highest;
    }

    private static int? Offset(string name, string start) =>
        name.StartsWith(start, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
        && offset <= Highest - RealtimeMin
            ? offset
            : null;
}
