using System.Text.Json.Serialization;

namespace Troupe.Api.Networks;

/// <summary>Answer of <c>GET /networks/{id}</c> and one entry of <c>GET /networks</c>.</summary>
public sealed record NetworkInspect
{
    public string Name { get; init; } = "";

    public string Id { get; init; } = "";

    public string Created { get; init; } = "";

    public string Scope { get; init; } = "";

    public string Driver { get; init; } = "";

    [JsonPropertyName("EnableIPv4")]
    public bool EnableIpv4 { get; init; }

    [JsonPropertyName("EnableIPv6")]
    public bool EnableIpv6 { get; init; }

    [JsonPropertyName("IPAM")]
    public NetworkIpam Ipam { get; init; } = new();

    public bool Internal { get; init; }

    public bool Attachable { get; init; }

    public bool Ingress { get; init; }

    public NetworkConfigReference ConfigFrom { get; init; } = new();

    public bool ConfigOnly { get; init; }

    public Dictionary<string, NetworkContainer> Containers { get; init; } = [];

    public Dictionary<string, string> Options { get; init; } = [];

    public Dictionary<string, string> Labels { get; init; } = [];
}

public sealed record NetworkIpam
{
    public string Driver { get; init; } = "";

    public Dictionary<string, string>? Options { get; init; }

    public NetworkIpamConfig[] Config { get; init; } = [];
}

public sealed record NetworkIpamConfig
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subnet { get; init; }

    [JsonPropertyName("IPRange"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IpRange { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Gateway { get; init; }
}

public sealed record NetworkConfigReference
{
    public string Network { get; init; } = "";
}

public sealed record NetworkContainer
{
    public string Name { get; init; } = "";

    [JsonPropertyName("EndpointID")]
    public string EndpointId { get; init; } = "";

    public string MacAddress { get; init; } = "";

    [JsonPropertyName("IPv4Address")]
    public string Ipv4Address { get; init; } = "";

    [JsonPropertyName("IPv6Address")]
    public string Ipv6Address { get; init; } = "";
}
