using System.Text.Json;
using System.Text.Json.Serialization;
using Troupe.Api.Containers;

namespace Troupe.Api.Networks;

/// <summary>A container's place on a network: wished for in create requests, observed in answers.</summary>
public sealed record EndpointSettings
{
    [JsonPropertyName("IPAMConfig")]
    public EndpointIpamConfig? IpamConfig { get; set; }

    public string[]? Links { get; set; }

    public string[]? Aliases { get; set; }

    public string MacAddress { get; set; } = "";

    public Dictionary<string, string>? DriverOpts { get; set; }

    public int GwPriority { get; set; }

    [JsonPropertyName("NetworkID")]
    public string NetworkId { get; set; } = "";

    [JsonPropertyName("EndpointID")]
    public string EndpointId { get; set; } = "";

    public string Gateway { get; set; } = "";

    [JsonPropertyName("IPAddress")]
    public string IpAddress { get; set; } = "";

    [JsonPropertyName("IPPrefixLen")]
    public int IpPrefixLen { get; set; }

    [JsonPropertyName("IPv6Gateway")]
    public string Ipv6Gateway { get; set; } = "";

    [JsonPropertyName("GlobalIPv6Address")]
    public string GlobalIpv6Address { get; set; } = "";

    [JsonPropertyName("GlobalIPv6PrefixLen")]
    public int GlobalIpv6PrefixLen { get; set; }

    [JsonPropertyName("DNSNames")]
    public string[]? DnsNames { get; set; }
}

public sealed record EndpointIpamConfig
{
    [JsonPropertyName("IPv4Address"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ipv4Address { get; set; }

    [JsonPropertyName("IPv6Address"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ipv6Address { get; set; }

    [JsonPropertyName("LinkLocalIPs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? LinkLocalIps { get; set; }
}

/// <summary>NetworkSettings of an inspected container: the networks, and the default bridge's endpoint once more beside them.</summary>
public sealed record NetworkSettings
{
    public string Bridge { get; set; } = "";

    [JsonPropertyName("SandboxID")]
    public string SandboxId { get; set; } = "";

    public string SandboxKey { get; set; } = "";

    public Dictionary<string, PortBinding[]?> Ports { get; set; } = [];

    public bool HairpinMode { get; set; }

    [JsonPropertyName("LinkLocalIPv6Address")]
    public string LinkLocalIpv6Address { get; set; } = "";

    [JsonPropertyName("LinkLocalIPv6PrefixLen")]
    public int LinkLocalIpv6PrefixLen { get; set; }

    /// <summary>Always null; Docker still sends it.</summary>
    [JsonPropertyName("SecondaryIPAddresses")]
    public JsonElement? SecondaryIpAddresses { get; set; }

    [JsonPropertyName("SecondaryIPv6Addresses")]
    public JsonElement? SecondaryIpv6Addresses { get; set; }

    [JsonPropertyName("EndpointID")]
    public string EndpointId { get; set; } = "";

    public string Gateway { get; set; } = "";

    [JsonPropertyName("GlobalIPv6Address")]
    public string GlobalIpv6Address { get; set; } = "";

    [JsonPropertyName("GlobalIPv6PrefixLen")]
    public int GlobalIpv6PrefixLen { get; set; }

    [JsonPropertyName("IPAddress")]
    public string IpAddress { get; set; } = "";

    [JsonPropertyName("IPPrefixLen")]
    public int IpPrefixLen { get; set; }

    [JsonPropertyName("IPv6Gateway")]
    public string Ipv6Gateway { get; set; } = "";

    public string MacAddress { get; set; } = "";

    public Dictionary<string, EndpointSettings> Networks { get; set; } = [];
}
