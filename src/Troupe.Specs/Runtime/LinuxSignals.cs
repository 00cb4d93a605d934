using System.Globalization;

namespace Troupe.Specs.Runtime;

/// <summary>Signal names as Docker and runc accept them (signal(7); x86-64 and arm64 have the same numbers): <c>TERM</c>, <c>SIGTERM</c>, <c>15</c>, <c>RTMIN+3</c>; case does not matter.</summary>
public static class LinuxSignals
{
    public const int Kill = 9;
    public const int Term = 15;
    private const int Highest = 64;

    /// <summary>glibc reserves 32 and 33; Docker's names count from 34 to 64.</summary>
    private const int RealtimeMin = 34;
    private const int RealtimeMax = 64;

    private static readonly string[] s_names =
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
            _ when name.StartsWith("RT", StringComparison.Ordinal) => Realtime(name),
            _ => Array.IndexOf(s_names, name),
        };
        return signal is >= 1 and <= Highest;
    }

    private static int Realtime(string name)
    {
        if (name == "RTMIN") return RealtimeMin;
        if (name == "RTMAX") return RealtimeMax;
        var (start, sign) = name.StartsWith("RTMIN+", StringComparison.Ordinal) ? (RealtimeMin, 1)
            : name.StartsWith("RTMAX-", StringComparison.Ordinal) ? (RealtimeMax, -1) : (0, 0);
        if (sign == 0 || !int.TryParse(name["RTMIN+".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || offset > RealtimeMax - RealtimeMin) return 0;
        return start + (sign * offset);
    }
}
