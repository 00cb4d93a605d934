using System.Text.Json.Serialization;

namespace Troupe.Api.Images;

/// <summary>One entry of <c>GET /images/json</c>.</summary>
public sealed record ImageSummary
{
    /// <summary>Containers that use it; -1: not counted.</summary>
    public long Containers { get; init; } = -1;

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    public string Id { get; init; } = "";

    public Dictionary<string, string>? Labels { get; init; }

    public string ParentId { get; init; } = "";

    public string[] RepoDigests { get; init; } = [];

    public string[] RepoTags { get; init; } = [];

    /// <summary>-1: not calculated.</summary>
    public long SharedSize { get; init; } = -1;

    public long Size { get; init; }
}

/// <summary>One step of <c>DELETE /images/{name}</c>: exactly one of the two is set.</summary>
public sealed record ImageDeleteItem
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Deleted { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Untagged { get; init; }
}

/// <summary>What X-Registry-Auth holds, in base64url.</summary>
public sealed record AuthConfig
{
    [JsonPropertyName("username"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Username { get; init; }

    [JsonPropertyName("password"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Password { get; init; }

    /// <summary>Username and password joined by a colon, in base64; counts when the two are missing.</summary>
    [JsonPropertyName("auth"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Auth { get; init; }

    [JsonPropertyName("email"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Email { get; init; }

    [JsonPropertyName("serveraddress"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ServerAddress { get; init; }

    [JsonPropertyName("identitytoken"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IdentityToken { get; init; }

    [JsonPropertyName("registrytoken"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RegistryToken { get; init; }

    /// <summary>Credentials never reach a log by accident.</summary>
    public override string ToString() => "AuthConfig { *** }";
}
