using System.Globalization;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Bundles;

/// <summary>Docker's ulimits, <c>name=soft[:hard]</c>; -1 is unlimited.</summary>
internal static class Ulimits
{
    private static readonly string[] Names =
    [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime",
        "sigpending", "stack",
    ];

    /// <summary>Docker's defaults, clamped to what this process may give on; only what was asked for explicitly may fail.</summary>
    private static readonly OciRlimit[] Default =
    [
        Clamp(new("RLIMIT_NOFILE", Hard: 524288, Soft: 1024), "Max open files"),
        Clamp(new("RLIMIT_CORE", ulong.MaxValue, 0), "Max core file size"),
    ];

    /// <summary>False with Docker's words in <paramref name="error"/>.</summary>
    public static bool TryParse(string text, out OciRlimit limit, out string error)
    {
        limit = new OciRlimit("", 0, 0);
        error = $"invalid ulimit argument: {text}";
        var parts = text.Split('=', 2);
        if (parts.Length != 2) return false;
        if (!Names.Contains(parts[0], StringComparer.Ordinal))
        {
            error = $"invalid ulimit type: {parts[0]}";
            return false;
        }

        var values = parts[1].Split(':');
        if (values.Length is < 1 or > 2 || !TryValue(values[0], out var soft)) return false;
        var hard = soft;
        if (values.Length == 2 && !TryValue(values[1], out hard)) return false;
        if (soft > hard)
        {
            error = $"ulimit soft limit must be less than or equal to hard limit: {values[0]} > {values[^1]}";
            return false;
        }

        limit = new OciRlimit("RLIMIT_" + parts[0].ToUpperInvariant(), hard, soft);
        return true;
    }

    /// <summary>The asked ones over the defaults. Precondition: all parse.</summary>
    public static OciRlimit[] Of(IEnumerable<string> asked)
    {
        var limits = Default.ToDictionary(l => l.Type, StringComparer.Ordinal);
        foreach (var text in asked)
        {
            if (TryParse(text, out var limit, out _)) limits[limit.Type] = limit;
        }

        return [.. limits.Values.OrderBy(l => l.Type, StringComparer.Ordinal)];
    }

    /// <param name="row">Name of the row in /proc/self/limits (proc(5)): soft limit, hard limit, unit.</param>
    private static OciRlimit Clamp(OciRlimit limit, string row)
    {
        foreach (var line in File.ReadLines("/proc/self/limits"))
        {
            if (!line.StartsWith(row, StringComparison.Ordinal)) continue;
            var own = line[row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            if (!ulong.TryParse(own, NumberStyles.None, CultureInfo.InvariantCulture, out var hard)) return limit;
            return limit with { Hard = Math.Min(limit.Hard, hard), Soft = Math.Min(limit.Soft, hard) };
        }

        return limit;
    }

    private static bool TryValue(string text, out ulong value)
    {
        value = ulong.MaxValue;
        return text == "-1" || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
