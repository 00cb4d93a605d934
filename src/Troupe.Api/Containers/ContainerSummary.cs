using System.Text.Json.Serialization;
using Troupe.Api.Networks;

namespace Troupe.Api.Containers;

/// <summary>One entry of <c>GET /containers/json</c>.</summary>
public sealed record ContainerSummary
{
    public string Id { get; init; } = "";

    /// <summary>With a leading slash each.</summary>
    public string[] Names { get; init; } = [];

    public string Image { get; init; } = "";

    [JsonPropertyName("ImageID")]
    public string ImageId { get; init; } = "";

    public string Command { get; init; } = "";

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    public PortSummary[] Ports { get; init; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SizeRw { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SizeRootFs { get; init; }

    public Dictionary<string, string> Labels { get; init; } = [];

    public string State { get; init; } = "";

    /// <summary>For people: <c>Up 3 minutes</c>.</summary>
    public string Status { get; init; } = "";

    public SummaryHostConfig HostConfig { get; init; } = new();

    public SummaryNetworkSettings NetworkSettings { get; init; } = new();

    public MountPoint[] Mounts { get; init; } = [];
}

public sealed record PortSummary
{
    [JsonPropertyName("IP"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ip { get; init; }

    public int PrivatePort { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int PublicPort { get; init; }

    public string Type { get; init; } = "";
}

public sealed record SummaryHostConfig
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NetworkMode { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Annotations { get; init; }
}

public sealed record SummaryNetworkSettings
{
    public Dictionary<string, EndpointSettings> Networks { get; init; } = [];
}
