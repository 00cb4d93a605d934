using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Troupe.Specs;

/// <summary>Id of a container record: 64 lower-case hex digits, random. The default value is invalid.</summary>
public readonly record struct ContainerId
{
    public const int Length = 64;
    private readonly string? _hex;

    private ContainerId(string hex) => _hex = hex;

    public string Hex => _hex ?? throw new InvalidOperationException("The container id is not set.");

    public bool IsSet => _hex is not null;

    /// <summary>The first 12 digits, as Docker prints them; also the container's default host name.</summary>
    public string Short => Hex[..12];

    /// <summary>A new random id. Never called from Decide or Apply: ids are part of the command.</summary>
    public static ContainerId New() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Length / 2)));

    /// <exception cref="FormatException">Not 64 lower-case hex digits.</exception>
    public static ContainerId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"invalid container id \"{text}\"");

    public static bool TryParse([NotNullWhen(true)] string? text, out ContainerId id)
    {
        id = default;
        if (text is not { Length: Length } || !Digest.IsLowerHex(text)) return false;
        id = new ContainerId(text);
        return true;
    }

    public override string ToString() => _hex ?? "";
}
