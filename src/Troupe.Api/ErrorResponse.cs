using System.Text.Json.Serialization;

namespace Troupe.Api;

/// <summary>The body of every refusal.</summary>
public sealed record ErrorResponse
{
    [JsonPropertyName("message")]
    public string Message { get; set; } = "";
}

/// <summary>An object without members: Go's struct{}.</summary>
public sealed record EmptyObject
{
    public static EmptyObject Instance { get; } = new();
}
