using System.Globalization;

namespace Troupe.Specs.Image;

/// <summary>Chooses an index's entry for a platform: the best variant that the machine can run, the first in index order among equals.</summary>
public static class PlatformChoice
{
    private const string AttestationKey = "vnd.docker.reference.type";

    /// <summary>The entry to take, or null when none fits. Attestations and entries without a platform are passed over.</summary>
    public static Descriptor? Choose(IEnumerable<Descriptor> entries, Platform wanted)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(wanted);
        Descriptor? best = null;
        var bestRank = int.MaxValue;
        foreach (var entry in entries)
        {
            // JSON may hold nulls where it should hold entries.
            if (entry is null || entry.Annotations?.ContainsKey(AttestationKey) == true) continue;
            var rank = entry.Platform is { } platform ? Rank(platform, wanted) : int.MaxValue;
            if (rank >= bestRank) continue;
            best = entry;
            bestRank = rank;
        }

        return best;
    }

    /// <summary>True when an image for <paramref name="offered"/> runs where <paramref name="wanted"/> is asked for.</summary>
    public static bool Fits(Platform offered, Platform wanted) => Rank(offered, wanted) != int.MaxValue;

    /// <summary>0 for the exact variant, more for each step down, MaxValue when it can't run.</summary>
    private static int Rank(Platform offered, Platform wanted)
    {
        var o = Platform.Normalise(offered.Os, offered.Architecture, offered.Variant ?? "");
        var w = Platform.Normalise(wanted.Os, wanted.Architecture, wanted.Variant ?? "");
        if (o.Os != w.Os) return int.MaxValue;
        if (o.Architecture != w.Architecture)
        {
            // A 64-bit ARM machine runs 32-bit ARM programs only when that was asked for: no fallback across architectures.
            return int.MaxValue;
        }

        var have = Level(w);
        var need = Level(o);
        return need <= have ? have - need : int.MaxValue;
    }

    private static int Level(Platform platform)
    {
        var variant = platform.Variant ?? "v1";
        if (variant.StartsWith('v') && int.TryParse(variant.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var level))
            return level;
        return 1;
    }
}
