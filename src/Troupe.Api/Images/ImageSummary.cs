using System.Text.Json.Serialization;

namespace Troupe.Api.Images;

/// <summary>One entry of <c>GET /images/json</c>.</summary>
public sealed record ImageSummary
{
    /// <summary>Containers that use it; -1: not counted.</summary>
    public long Containers { get; set; } = -1;

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; set; }

    public string Id { get; set; } = "";

    public Dictionary<string, string>? Labels { get; set; }

    public string ParentId { get; set; } = "";

    public string[] RepoDigests { get; set; } = [];

    public string[] RepoTags { get; set; } = [];

    /// <summary>-1: not calculated.</summary>
    public long SharedSize { get; set; } = -1;

    public long Size { get; set; }
}

/// <summary>One step of <c>DELETE /images/{name}</c>: exactly one of the two is set.</summary>
public sealed record ImageDeleteItem
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Deleted { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Untagged { get; set; }
}

/// <summary>What X-Registry-Auth holds, in base64url.</summary>
public sealed record AuthConfig
{
    [JsonPropertyName("username"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Username { get; set; }

    [JsonPropertyName("password"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Password { get; set; }

    /// <summary>Username and password joined by a colon, in base64; counts when the two are missing.</summary>
    [JsonPropertyName("auth"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Auth { get; set; }

    [JsonPropertyName("email"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Email { get; set; }

    [JsonPropertyName("serveraddress"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ServerAddress { get; set; }

    [JsonPropertyName("identitytoken"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IdentityToken { get; set; }

    [JsonPropertyName("registrytoken"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RegistryToken { get; set; }

    /// <summary>Credentials never reach a log by accident.</summary>
    public override string ToString() => "AuthConfig { *** }";
}
