using System.Globalization;
using Troupe.Runtime.Containers;

namespace Troupe.Runtime.Verbs;

/// <summary>Signal names and numbers (x86-64 and arm64 have the same ones).</summary>
internal static class Signals
{
    private const int SignalMax = 64;

    private static readonly string[] s_names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD",
        "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary><c>9</c>, <c>KILL</c>, <c>SIGKILL</c> in any case, <c>RTMIN+3</c>.</summary>
    public static int Parse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= SignalMax) return number;
        var name = text.ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal)) name = name[3..];
        var index = name.Length == 0 ? -1 : Array.IndexOf(s_names, name);
        if (index > 0) return index;
        if (name.StartsWith("RTMIN+", StringComparison.Ordinal) && int.TryParse(name[6..], CultureInfo.InvariantCulture, out var above) && above is >= 0 and <= 30) return 34 + above;
        throw new RuntimeException($"unknown signal \"{text}\"");
    }
}
