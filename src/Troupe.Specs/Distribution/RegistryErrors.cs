using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Specs.Distribution;

/// <summary>OCI distribution-spec, "Error Codes".</summary>
public sealed record RegistryErrors
{
    [JsonPropertyName("errors")] public RegistryError[]? Errors { get; init; }

    /// <summary>What some proxies and the Hub's rate limiter send instead of a list.</summary>
    [JsonPropertyName("details")] public string? Details { get; init; }

    /// <summary>The body of an error answer, or null when it is something else.</summary>
    public static RegistryErrors? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, DistributionJsonContext.Default.RegistryErrors);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

public sealed record RegistryError
{
    [JsonPropertyName("code")] [AllowNull] public string Code { get => field ?? "UNKNOWN"; init; }
    [JsonPropertyName("message")] public string? Message { get; init; }

    /// <summary>As Docker prints it: <c>manifest unknown: manifest unknown</c>.</summary>
    public override string ToString()
    {
        var code = Code.Replace('_', ' ').ToLowerInvariant();
        return string.IsNullOrEmpty(Message) ? code : $"{code}: {Message}";
    }
}

/// <summary>Answer of a token server (distribution, "Token Authentication Specification").</summary>
public sealed record TokenResponse
{
    /// <summary>Seconds, when the server does not say.</summary>
    public const int ExpiresInDefault = 60;

    [JsonPropertyName("token")] public string? Token { get; init; }
    [JsonPropertyName("access_token")] public string? AccessToken { get; init; }
    [JsonPropertyName("refresh_token")] public string? RefreshToken { get; init; }

    /// <summary>Seconds.</summary>
    [JsonPropertyName("expires_in")] public int? ExpiresIn { get; init; }
}

[JsonSourceGenerationOptions(MaxDepth = 32)]
[JsonSerializable(typeof(RegistryErrors))]
[JsonSerializable(typeof(TokenResponse))]
public sealed partial class DistributionJsonContext : JsonSerializerContext;
