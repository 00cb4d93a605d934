using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Troupe.Specs.Image;

/// <summary>OCI image-spec, image-index.md, "platform". Empty means not said.</summary>
public sealed record Platform
{
    [JsonPropertyName("architecture")] [AllowNull] public string Architecture { get => field ?? ""; init; }
    [JsonPropertyName("os")] [AllowNull] public string Os { get => field ?? ""; init; }
    [JsonPropertyName("os.version")] public string? OsVersion { get; init; }
    [JsonPropertyName("os.features")] public string[]? OsFeatures { get; init; }
    [JsonPropertyName("variant")] public string? Variant { get; init; }

    /// <summary>The machine's own: <c>linux/amd64</c> or <c>linux/arm64/v8</c>.</summary>
    public static Platform Host { get; } = RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.Arm64 => new Platform { Os = "linux", Architecture = "arm64", Variant = "v8" },
        System.Runtime.InteropServices.Architecture.Arm => new Platform { Os = "linux", Architecture = "arm", Variant = "v7" },
        _ => new Platform { Os = "linux", Architecture = "amd64" },
    };

    /// <summary>Parses Docker's <c>os[/architecture[/variant]]</c> or <c>architecture</c>.</summary>
    /// <exception cref="FormatException">More than three parts, or an empty or ill-formed one.</exception>
    public static Platform Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('/');
        if (parts.Length > 3 || parts.Any(p => p.Length == 0 || !p.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-')))
            throw new FormatException($"\"{text}\" is an invalid OS component of \"{text}\": OSAndVersion specifier component must match");
        if (parts.Length == 1)
        {
            return parts[0] is "linux" or "windows" or "darwin" or "freebsd"
                ? Host with { Os = parts[0] }
                : Normalise("linux", parts[0], "");
        }

        return Normalise(parts[0], parts[1], parts.Length == 3 ? parts[2] : "");
    }

    /// <summary>The names that Docker treats as one: <c>x86_64</c> is <c>amd64</c>, <c>aarch64</c> is <c>arm64</c> with variant v8.</summary>
    public static Platform Normalise(string os, string architecture, string variant)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        var (name, level) = architecture.ToLowerInvariant() switch
        {
            "x86_64" or "x86-64" or "amd64" => ("amd64", variant == "v1" ? "" : variant),
            "aarch64" or "arm64" => ("arm64", variant is "" or "8" ? "v8" : variant),
            "armhf" => ("arm", "v7"),
            "armel" => ("arm", "v6"),
            "arm" => ("arm", variant is "" or "7" ? "v7" : variant),
            "i386" => ("386", ""),
            var other => (other, variant),
        };
        return new Platform { Os = os, Architecture = name, Variant = level.Length == 0 ? null : level };
    }

    public override string ToString() => string.IsNullOrEmpty(Variant) ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
