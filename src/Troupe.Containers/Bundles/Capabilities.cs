using Troupe.Specs.Runtime;

namespace Troupe.Containers.Bundles;

/// <summary>Docker's arithmetic of capabilities: defaults, then drops, then adds; ALL on either side turns it round.</summary>
internal static class Capabilities
{
    private const string All = "ALL";
    private const string Prefix = "CAP_";

    /// <summary>The first name that is not a capability, or null.</summary>
    public static string? Unknown(IEnumerable<string> names) =>
        names.Select(Normalise).FirstOrDefault(n => n != All && LinuxCapabilities.NumberOf(n) < 0);

    /// <param name="last">Highest capability that the kernel knows (/proc/sys/kernel/cap_last_cap).</param>
    public static string[] Of(IEnumerable<string> add, IEnumerable<string> drop, bool privileged, int last)
    {
        var known = LinuxCapabilities.All.Take(last + 1).ToArray();
        if (privileged) return known;
        var adds = add.Select(Normalise).ToHashSet(StringComparer.Ordinal);
        var drops = drop.Select(Normalise).ToHashSet(StringComparer.Ordinal);
        if (adds.Contains(All)) return [.. known.Where(c => !drops.Contains(c))];
        if (drops.Contains(All)) return [.. known.Where(adds.Contains)];
        return [.. DefaultSpec.Capabilities().Where(c => !drops.Contains(c)).Concat(known.Where(adds.Contains)).Distinct(StringComparer.Ordinal)];
    }

    private static string Normalise(string name)
    {
        var upper = name.ToUpperInvariant();
        return upper == All || upper.StartsWith(Prefix, StringComparison.Ordinal) ? upper : Prefix + upper;
    }
}
