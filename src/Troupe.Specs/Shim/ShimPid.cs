using System.Globalization;

namespace Troupe.Specs.Shim;

/// <summary>
/// shim.pid in the run directory: <c>PID STARTTIME</c> (field 22 of /proc/PID/stat), written when the shim begins, removed when it has been
/// told to end. So a shim that is stuck can be found and killed, and one that only serves its last readers is left alone.
/// </summary>
public readonly record struct ShimPid(int Pid, ulong StartTime)
{
    public const string FileName = "shim.pid";

    public static bool TryParse(ReadOnlySpan<char> text, out ShimPid value)
    {
        value = default;
        var space = text.IndexOf(' ');
        if (space < 1) return false;
        if (!int.TryParse(text[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid <= 0) return false;
        if (!ulong.TryParse(text[(space + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var startTime)) return false;
        value = new ShimPid(pid, startTime);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid} {StartTime}\n");
}
