using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Troupe.Specs;

/// <summary>
/// Name of an image: <c>domain/path[:tag][@digest]</c>, always normalised as Docker does: no domain means <c>docker.io</c>, a single
/// component on it means <c>library/</c>. <see cref="ToString"/> is the canonical form, <see cref="Familiar"/> the one people type.
/// Error texts are Docker's. The default value is invalid.
/// </summary>
public readonly record struct ImageReference
{
    public const string DefaultDomain = "docker.io";
    public const string DefaultTag = "latest";
    private const string LegacyDefaultDomain = "index.docker.io";
    private const string OfficialPrefix = "library/";

    private readonly string? _domain;
    private readonly string? _path;

    private ImageReference(string domain, string path, string? tag, Digest? digest)
    {
        _domain = domain;
        _path = path;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host and optional port, e.g. <c>docker.io</c> or <c>127.0.0.1:5000</c>.</summary>
    public string Domain => _domain ?? throw new InvalidOperationException("The image reference is not set.");

    /// <summary>Repository within the domain, e.g. <c>library/hello-world</c>.</summary>
    public string Path => _path ?? throw new InvalidOperationException("The image reference is not set.");

    public string? Tag { get; }

    public Digest? Digest { get; }

    public bool IsSet => _path is not null;

    public bool IsHub => Domain == DefaultDomain;

    /// <summary>Domain and path: the repository's canonical name.</summary>
    public string Name => Domain + "/" + Path;

    /// <summary>The name as Docker prints it: without the default domain and <c>library/</c>.</summary>
    public string FamiliarName
    {
        get
        {
            if (!IsHub) return Name;
            var isOfficial = Path.StartsWith(OfficialPrefix, StringComparison.Ordinal)
                && !Path.AsSpan(OfficialPrefix.Length).Contains('/');
            return isOfficial ? Path[OfficialPrefix.Length..] : Path;
        }
    }

    /// <summary>Familiar name with tag and digest, e.g. <c>hello-world:latest</c>.</summary>
    public string Familiar => FamiliarName + Suffix;

    private string Suffix => (Tag is null ? "" : ":" + Tag) + (Digest is { } digest ? "@" + digest : "");

    /// <summary>The same with tag <c>latest</c> when there is neither tag nor digest.</summary>
    public ImageReference WithDefaultTag() =>
        Tag is null && Digest is null ? new ImageReference(Domain, Path, DefaultTag, null) : this;

    /// <exception cref="FormatException">Not a valid tag: <c>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}</c>.</exception>
    public ImageReference WithTag(string tag)
    {
        if (!ReferenceGrammar.IsTag(tag)) throw new FormatException("invalid tag format");
        return new ImageReference(Domain, Path, tag, null);
    }

    /// <summary>The repository by digest only, without a tag.</summary>
    public ImageReference WithDigest(Digest digest) => new(Domain, Path, null, digest);

    /// <summary>Only the repository: no tag, no digest.</summary>
    public ImageReference TrimNamed() => new(Domain, Path, null, null);

    /// <summary>Parses and normalises what a user typed. No tag is added.</summary>
    /// <exception cref="FormatException">With Docker's text, e.g. <c>invalid reference format</c>.</exception>
    public static ImageReference Parse(string text) =>
        TryParse(text, out var reference, out var error) ? reference : throw new FormatException(error);

    /// <param name="error">Docker's text when the answer is false.</param>
    public static bool TryParse(string text, out ImageReference reference, [NotNullWhen(false)] out string? error)
    {
        reference = default;
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 64 && Specs.Digest.IsLowerHex(text))
        {
            error = $"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings";
            return false;
        }

        var (domain, remainder) = SplitDomain(text);
        var remote = remainder.Split(':', 2)[0];
        if (remote.Any(char.IsAsciiLetterUpper))
        {
            error = $"invalid reference format: repository name ({remote.Split('@')[0]}) must be lowercase";
            return false;
        }

        return TryParseParts(domain, remainder, out reference, out error);
    }

    private static (string Domain, string Remainder) SplitDomain(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return (DefaultDomain, OfficialPrefix + text);
        var first = text[..slash];
        var rest = text[(slash + 1)..];
        var isDomain = first == "localhost" || first.AsSpan().IndexOfAny('.', ':') >= 0 || first.Any(char.IsAsciiLetterUpper);
        if (!isDomain) return (DefaultDomain, text);
        if (first == LegacyDefaultDomain) first = DefaultDomain;
        if (first == DefaultDomain && !rest.Contains('/', StringComparison.Ordinal)) rest = OfficialPrefix + rest;
        return (first, rest);
    }

    private static bool TryParseParts(
        string domain, string remainder, out ImageReference reference, [NotNullWhen(false)] out string? error)
    {
        reference = default;
        error = "invalid reference format";
        string? digestText = null;
        var at = remainder.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            digestText = remainder[(at + 1)..];
            remainder = remainder[..at];
        }

        string? tag = null;
        var colon = remainder.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            tag = remainder[(colon + 1)..];
            remainder = remainder[..colon];
        }

        if (!ReferenceGrammar.IsDomain(domain) || !ReferenceGrammar.IsPath(remainder)) return false;
        if (tag is not null && !ReferenceGrammar.IsTag(tag)) return false;
        if (digestText is not null && !ReferenceGrammar.IsDigestShaped(digestText)) return false;
        if (remainder.Length > ReferenceGrammar.PathLengthMax)
        {
            error = $"repository name must not be more than {ReferenceGrammar.PathLengthMax} characters";
            return false;
        }

        Digest? digest = null;
        if (digestText is not null)
        {
            error = ReferenceGrammar.DigestError(digestText);
            if (error is not null) return false;
            digest = Specs.Digest.Parse(digestText);
        }

        reference = new ImageReference(domain, remainder, tag, digest);
        error = null;
        return true;
    }

    public override string ToString() => IsSet ? Name + Suffix : "";

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(ToString());
        return true;
    }
}
