using System.Text.Json.Serialization;

namespace Troupe.Api.Networks;

/// <summary>Answer of <c>GET /networks/{id}</c> and one entry of <c>GET /networks</c>.</summary>
public sealed record NetworkInspect
{
    public string Name { get; set; } = "";

    public string Id { get; set; } = "";

    public string Created { get; set; } = "";

    public string Scope { get; set; } = "";

    public string Driver { get; set; } = "";

    [JsonPropertyName("EnableIPv4")]
    public bool EnableIpv4 { get; set; }

    [JsonPropertyName("EnableIPv6")]
    public bool EnableIpv6 { get; set; }

    [JsonPropertyName("IPAM")]
    public NetworkIpam Ipam { get; set; } = new();

    public bool Internal { get; set; }

    public bool Attachable { get; set; }

    public bool Ingress { get; set; }

    public NetworkConfigReference ConfigFrom { get; set; } = new();

    public bool ConfigOnly { get; set; }

    public Dictionary<string, NetworkContainer> Containers { get; set; } = [];

    public Dictionary<string, string> Options { get; set; } = [];

    public Dictionary<string, string> Labels { get; set; } = [];
}

public sealed record NetworkIpam
{
    public string Driver { get; set; } = "";

    public Dictionary<string, string>? Options { get; set; }

    public NetworkIpamConfig[] Config { get; set; } = [];
}

public sealed record NetworkIpamConfig
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subnet { get; set; }

    [JsonPropertyName("IPRange"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IpRange { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Gateway { get; set; }
}

public sealed record NetworkConfigReference
{
    public string Network { get; set; } = "";
}

public sealed record NetworkContainer
{
    public string Name { get; set; } = "";

    [JsonPropertyName("EndpointID")]
    public string EndpointId { get; set; } = "";

    public string MacAddress { get; set; } = "";

    [JsonPropertyName("IPv4Address")]
    public string Ipv4Address { get; set; } = "";

    [JsonPropertyName("IPv6Address")]
    public string Ipv6Address { get; set; } = "";
}
