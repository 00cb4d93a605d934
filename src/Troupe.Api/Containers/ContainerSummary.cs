using System.Text.Json.Serialization;
using Troupe.Api.Networks;

namespace Troupe.Api.Containers;

/// <summary>One entry of <c>GET /containers/json</c>.</summary>
public sealed record ContainerSummary
{
    public string Id { get; set; } = "";

    /// <summary>With a leading slash each.</summary>
    public string[] Names { get; set; } = [];

    public string Image { get; set; } = "";

    [JsonPropertyName("ImageID")]
    public string ImageId { get; set; } = "";

    public string Command { get; set; } = "";

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; set; }

    public PortSummary[] Ports { get; set; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SizeRw { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SizeRootFs { get; set; }

    public Dictionary<string, string> Labels { get; set; } = [];

    public string State { get; set; } = "";

    /// <summary>For people: <c>Up 3 minutes</c>.</summary>
    public string Status { get; set; } = "";

    public SummaryHostConfig HostConfig { get; set; } = new();

    public SummaryNetworkSettings NetworkSettings { get; set; } = new();

    public MountPoint[] Mounts { get; set; } = [];
}

public sealed record PortSummary
{
    [JsonPropertyName("IP"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ip { get; set; }

    public int PrivatePort { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int PublicPort { get; set; }

    public string Type { get; set; } = "";
}

public sealed record SummaryHostConfig
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NetworkMode { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Annotations { get; set; }
}

public sealed record SummaryNetworkSettings
{
    public Dictionary<string, EndpointSettings> Networks { get; set; } = [];
}
