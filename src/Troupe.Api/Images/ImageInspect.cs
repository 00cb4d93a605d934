using System.Text.Json.Serialization;
using Troupe.Api.Containers;
using Troupe.Api.Json;

namespace Troupe.Api.Images;

/// <summary>Answer of <c>GET /images/{name}/json</c>.</summary>
public sealed record ImageInspect
{
    public string Id { get; set; } = "";

    public string[] RepoTags { get; set; } = [];

    public string[] RepoDigests { get; set; } = [];

    public string Parent { get; set; } = "";

    public string Comment { get; set; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Created { get; set; }

    public string DockerVersion { get; set; } = "";

    public string Author { get; set; } = "";

    public ImageContainerConfig Config { get; set; } = new();

    public string Architecture { get; set; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Variant { get; set; }

    public string Os { get; set; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OsVersion { get; set; }

    public long Size { get; set; }

    public GraphDriverData GraphDriver { get; set; } = new();

    [JsonPropertyName("RootFS")]
    public RootFs RootFs { get; set; } = new();

    public ImageMetadata Metadata { get; set; } = new();
}

/// <summary>What containers of an image inherit.</summary>
public sealed record ImageContainerConfig
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ArgsEscaped { get; set; }

    [JsonConverter(typeof(StringOrListConverter))]
    public string[]? Cmd { get; set; }

    [JsonConverter(typeof(StringOrListConverter))]
    public string[]? Entrypoint { get; set; }

    public string[]? Env { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, EmptyObject>? ExposedPorts { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HealthConfig? Healthcheck { get; set; }

    public Dictionary<string, string>? Labels { get; set; }

    public string[]? OnBuild { get; set; }

    [JsonConverter(typeof(StringOrListConverter)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? Shell { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StopSignal { get; set; }

    public string User { get; set; } = "";

    public Dictionary<string, EmptyObject>? Volumes { get; set; }

    public string WorkingDir { get; set; } = "";
}

public sealed record GraphDriverData
{
    public Dictionary<string, string>? Data { get; set; }

    public string Name { get; set; } = "";
}

public sealed record RootFs
{
    public string Type { get; set; } = "";

    /// <summary>Diff ids, lowest layer first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? Layers { get; set; }
}

public sealed record ImageMetadata
{
    public string LastTagTime { get; set; } = GoTime.Zero;
}
