using System.Text.Json.Serialization;
using Troupe.Api.Containers;
using Troupe.Api.Json;

namespace Troupe.Api.Images;

/// <summary>Answer of <c>GET /images/{name}/json</c>.</summary>
public sealed record ImageInspect
{
    public string Id { get; init; } = "";

    public string[] RepoTags { get; init; } = [];

    public string[] RepoDigests { get; init; } = [];

    public string Parent { get; init; } = "";

    public string Comment { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Created { get; init; }

    public string DockerVersion { get; init; } = "";

    public string Author { get; init; } = "";

    public ImageContainerConfig Config { get; init; } = new();

    public string Architecture { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Variant { get; init; }

    public string Os { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OsVersion { get; init; }

    public long Size { get; init; }

    public GraphDriverData GraphDriver { get; init; } = new();

    [JsonPropertyName("RootFS")]
    public RootFs RootFs { get; init; } = new();

    public ImageMetadata Metadata { get; init; } = new();
}

/// <summary>What containers of an image inherit.</summary>
public sealed record ImageContainerConfig
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ArgsEscaped { get; init; }

    [JsonConverter(typeof(StringOrListConverter))]
    public string[]? Cmd { get; init; }

    [JsonConverter(typeof(StringOrListConverter))]
    public string[]? Entrypoint { get; init; }

    public string[]? Env { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, EmptyObject>? ExposedPorts { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HealthConfig? Healthcheck { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public string[]? OnBuild { get; init; }

    [JsonConverter(typeof(StringOrListConverter)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? Shell { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StopSignal { get; init; }

    public string User { get; init; } = "";

    public Dictionary<string, EmptyObject>? Volumes { get; init; }

    public string WorkingDir { get; init; } = "";
}

public sealed record GraphDriverData
{
    public Dictionary<string, string>? Data { get; init; }

    public string Name { get; init; } = "";
}

public sealed record RootFs
{
    public string Type { get; init; } = "";

    /// <summary>Diff ids, lowest layer first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? Layers { get; init; }
}

public sealed record ImageMetadata
{
    public string LastTagTime { get; init; } = GoTime.Zero;
}
