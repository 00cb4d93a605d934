namespace Troupe.Specs;

/// <summary>
/// The grammar of image references (distribution/reference; OCI distribution-spec, "Pulling manifests"), by hand and linear in time:
/// references are foreign text.
/// </summary>
internal static class ReferenceGrammar
{
    /// <summary>Characters of a repository path, without the domain.</summary>
    public const int PathLengthMax = 255;

    private const int TagLengthMax = 128;
    private const int DigestHexMin = 32;

    /// <summary><c>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}</c>.</summary>
    public static bool IsTag(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > TagLengthMax || !IsWord(text[0])) return false;
        foreach (var c in text)
        {
            if (!IsWord(c) && c is not ('.' or '-')) return false;
        }

        return true;
    }

    /// <summary>Host name, IPv4 or bracketed IPv6 address, with an optional port.</summary>
    public static bool IsDomain(ReadOnlySpan<char> text)
    {
        var host = text;
        var colon = text.LastIndexOf(':');
        if (colon >= 0 && (text.IndexOf(']') < colon))
        {
            if (!IsAllDigits(text[(colon + 1)..])) return false;
            host = text[..colon];
        }

        if (host.Length > 2 && host[0] == '[') return host[^1] == ']' && IsIpv6(host[1..^1]);
        foreach (var range in host.Split('.'))
        {
            if (!IsDomainComponent(host[range])) return false;
        }

        return host.Length > 0;
    }

    /// <summary>Components <c>[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*</c> joined by <c>/</c>.</summary>
    public static bool IsPath(ReadOnlySpan<char> text)
    {
        foreach (var range in text.Split('/'))
        {
            if (!IsPathComponent(text[range])) return false;
        }

        return true;
    }

    /// <summary>True for what the reference grammar calls a digest; <see cref="DigestError"/> says whether it is a valid one.</summary>
    public static bool IsDigestShaped(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        if (colon < 1) return false;
        var hex = text[(colon + 1)..];
        if (hex.Length < DigestHexMin) return false;
        foreach (var c in hex)
        {
            if (!char.IsAsciiHexDigit(c)) return false;
        }

        var startsPart = true;
        foreach (var c in text[..colon])
        {
            var isSeparator = c is '+' or '.' or '-' or '_';
            if (startsPart ? !char.IsAsciiLetter(c) : !isSeparator && !char.IsAsciiLetterOrDigit(c)) return false;
            startsPart = isSeparator;
        }

        return !startsPart;
    }

    /// <summary>Docker's text for a digest that is not usable, or null.</summary>
    public static string? DigestError(string text)
    {
        if (Digest.TryParse(text, out _)) return null;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (text[..colon] != Digest.Algorithm) return "unsupported digest algorithm";
        return text.Length - colon - 1 == 64 ? "invalid checksum digest format" : "invalid checksum digest length";
    }

    private static bool IsPathComponent(ReadOnlySpan<char> text)
    {
        if (text.Length == 0 || !IsLowerAlphanumeric(text[0]) || !IsLowerAlphanumeric(text[^1])) return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (IsLowerAlphanumeric(text[i])) continue;
            var start = i;
            while (i + 1 < text.Length && !IsLowerAlphanumeric(text[i + 1])) i++;
            if (!IsSeparator(text[start..(i + 1)])) return false;
        }

        return true;
    }

    private static bool IsSeparator(ReadOnlySpan<char> text) => text is "." or "_" or "__" || text.IndexOfAnyExcept('-') < 0;

    private static bool IsDomainComponent(ReadOnlySpan<char> text)
    {
        if (text.Length == 0 || text[0] == '-' || text[^1] == '-') return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        }

        return true;
    }

    private static bool IsIpv6(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiHexDigit(c) && c != ':') return false;
        }

        return true;
    }

    private static bool IsAllDigits(ReadOnlySpan<char> text) => text.Length > 0 && text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool IsLowerAlphanumeric(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
