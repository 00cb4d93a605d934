using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Troupe.Specs;

/// <summary>
/// Content digest <c>sha256:&lt;64 lower-case hex&gt;</c> (OCI image-spec, descriptor.md, "Digests"). Only sha256 is accepted:
/// it is what every registry serves. The default value is invalid and only ever means "not set".
/// </summary>
public readonly record struct Digest : IComparable<Digest>
{
    public const string Algorithm = "sha256";
    private const int HexLength = 64;

    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>The 64 hex digits, without the algorithm.</summary>
    public string Hex => _hex ?? throw new InvalidOperationException("The digest is not set.");

    public bool IsSet => _hex is not null;

    /// <summary>The first 12 hex digits: what Docker prints.</summary>
    public string Short => Hex[..12];

    /// <exception cref="FormatException">Not <c>sha256:</c> and 64 lower-case hex digits.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out var digest) ? digest : throw new FormatException($"invalid digest \"{text}\"");

    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null || text.Length != Algorithm.Length + 1 + HexLength) return false;
        if (!text.StartsWith(Algorithm + ":", StringComparison.Ordinal)) return false;
        var hex = text[(Algorithm.Length + 1)..];
        if (!IsLowerHex(hex)) return false;
        digest = new Digest(hex);
        return true;
    }

    /// <summary>From 64 hex digits without the algorithm. Fails with <see cref="FormatException"/>.</summary>
    public static Digest FromHex(string hex) => Parse(Algorithm + ":" + hex);

    public static Digest Of(ReadOnlySpan<byte> content) => new(Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <summary>From the 32 bytes of a finished SHA-256.</summary>
    public static Digest FromHash(ReadOnlySpan<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, SHA256.HashSizeInBytes);
        return new Digest(Convert.ToHexStringLower(hash));
    }

    internal static bool IsLowerHex(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiHexDigitLower(c)) return false;
        }

        return true;
    }

    public int CompareTo(Digest other) => string.CompareOrdinal(_hex, other._hex);
    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;
    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;
    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;
    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;

    public override string ToString() => _hex is null ? "" : Algorithm + ":" + _hex;
}
