using System.Text.Json;
using System.Text.Json.Serialization;
using Troupe.Api.Containers;

namespace Troupe.Api.Networks;

/// <summary>A container's place on a network: wished for in create requests, observed in answers.</summary>
public sealed record EndpointSettings
{
    [JsonPropertyName("IPAMConfig")]
    public EndpointIpamConfig? IpamConfig { get; init; }

    public string[]? Links { get; init; }

    public string[]? Aliases { get; init; }

    public string MacAddress { get; init; } = "";

    public Dictionary<string, string>? DriverOpts { get; init; }

    public int GwPriority { get; init; }

    [JsonPropertyName("NetworkID")]
    public string NetworkId { get; init; } = "";

    [JsonPropertyName("EndpointID")]
    public string EndpointId { get; init; } = "";

    public string Gateway { get; init; } = "";

    [JsonPropertyName("IPAddress")]
    public string IpAddress { get; init; } = "";

    [JsonPropertyName("IPPrefixLen")]
    public int IpPrefixLen { get; init; }

    [JsonPropertyName("IPv6Gateway")]
    public string Ipv6Gateway { get; init; } = "";

    [JsonPropertyName("GlobalIPv6Address")]
    public string GlobalIpv6Address { get; init; } = "";

    [JsonPropertyName("GlobalIPv6PrefixLen")]
    public int GlobalIpv6PrefixLen { get; init; }

    [JsonPropertyName("DNSNames")]
    public string[]? DnsNames { get; init; }
}

public sealed record EndpointIpamConfig
{
    [JsonPropertyName("IPv4Address"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ipv4Address { get; init; }

    [JsonPropertyName("IPv6Address"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ipv6Address { get; init; }

    [JsonPropertyName("LinkLocalIPs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? LinkLocalIps { get; init; }
}

/// <summary>NetworkSettings of an inspected container: the networks, and the default bridge's endpoint once more beside them.</summary>
public sealed record NetworkSettings
{
    public string Bridge { get; init; } = "";

    [JsonPropertyName("SandboxID")]
    public string SandboxId { get; init; } = "";

    public string SandboxKey { get; init; } = "";

    public Dictionary<string, PortBinding[]?> Ports { get; init; } = [];

    public bool HairpinMode { get; init; }

    [JsonPropertyName("LinkLocalIPv6Address")]
    public string LinkLocalIpv6Address { get; init; } = "";

    [JsonPropertyName("LinkLocalIPv6PrefixLen")]
    public int LinkLocalIpv6PrefixLen { get; init; }

    /// <summary>Always null; Docker still sends it.</summary>
    [JsonPropertyName("SecondaryIPAddresses")]
    public JsonElement? SecondaryIpAddresses { get; init; }

    [JsonPropertyName("SecondaryIPv6Addresses")]
    public JsonElement? SecondaryIpv6Addresses { get; init; }

    [JsonPropertyName("EndpointID")]
    public string EndpointId { get; init; } = "";

    public string Gateway { get; init; } = "";

    [JsonPropertyName("GlobalIPv6Address")]
    public string GlobalIpv6Address { get; init; } = "";

    [JsonPropertyName("GlobalIPv6PrefixLen")]
    public int GlobalIpv6PrefixLen { get; init; }

    [JsonPropertyName("IPAddress")]
    public string IpAddress { get; init; } = "";

    [JsonPropertyName("IPPrefixLen")]
    public int IpPrefixLen { get; init; }

    [JsonPropertyName("IPv6Gateway")]
    public string Ipv6Gateway { get; init; } = "";

    public string MacAddress { get; init; } = "";

    public Dictionary<string, EndpointSettings> Networks { get; init; } = [];
}
