using System.Text.Json.Serialization;

namespace Troupe.Api.Node;

/// <summary>Answer of <c>GET /info</c>. Order and omissions are Docker's.</summary>
public sealed record InfoResponse
{
    [JsonPropertyName("ID")]
    public string Id { get; init; } = "";

    public int Containers { get; init; }

    public int ContainersRunning { get; init; }

    public int ContainersPaused { get; init; }

    public int ContainersStopped { get; init; }

    public int Images { get; init; }

    public string Driver { get; init; } = "";

    /// <summary>Pairs of label and text.</summary>
    public string[][]? DriverStatus { get; init; }

    public InfoPlugins Plugins { get; init; } = new();

    public bool MemoryLimit { get; init; }

    public bool SwapLimit { get; init; }

    public bool CpuCfsPeriod { get; init; }

    public bool CpuCfsQuota { get; init; }

    [JsonPropertyName("CPUShares")]
    public bool CpuShares { get; init; }

    [JsonPropertyName("CPUSet")]
    public bool CpuSet { get; init; }

    public bool PidsLimit { get; init; }

    [JsonPropertyName("IPv4Forwarding")]
    public bool Ipv4Forwarding { get; init; }

    public bool Debug { get; init; }

    public int NFd { get; init; }

    public bool OomKillDisable { get; init; }

    public int NGoroutines { get; init; }

    public string SystemTime { get; init; } = "";

    public string LoggingDriver { get; init; } = "";

    public string CgroupDriver { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CgroupVersion { get; init; }

    public int NEventsListener { get; init; }

    public string KernelVersion { get; init; } = "";

    public string OperatingSystem { get; init; } = "";

    [JsonPropertyName("OSVersion")]
    public string OsVersion { get; init; } = "";

    [JsonPropertyName("OSType")]
    public string OsType { get; init; } = "";

    public string Architecture { get; init; } = "";

    public string IndexServerAddress { get; init; } = "";

    public RegistryServiceConfig? RegistryConfig { get; init; }

    [JsonPropertyName("NCPU")]
    public int Ncpu { get; init; }

    /// <summary>Bytes.</summary>
    public long MemTotal { get; init; }

    public string[]? GenericResources { get; init; }

    public string DockerRootDir { get; init; } = "";

    public string HttpProxy { get; init; } = "";

    public string HttpsProxy { get; init; } = "";

    public string NoProxy { get; init; } = "";

    public string Name { get; init; } = "";

    public string[] Labels { get; init; } = [];

    public bool ExperimentalBuild { get; init; }

    public string ServerVersion { get; init; } = "";

    public Dictionary<string, InfoRuntime> Runtimes { get; init; } = [];

    public string DefaultRuntime { get; init; } = "";

    public InfoSwarm Swarm { get; init; } = new();

    public bool LiveRestoreEnabled { get; init; }

    public string Isolation { get; init; } = "";

    public string InitBinary { get; init; } = "";

    public InfoCommit ContainerdCommit { get; init; } = new();

    public InfoCommit RuncCommit { get; init; } = new();

    public InfoCommit InitCommit { get; init; } = new();

    public string[] SecurityOptions { get; init; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfoFirewall? FirewallBackend { get; init; }

    [JsonPropertyName("CDISpecDirs")]
    public string[] CdiSpecDirs { get; init; } = [];

    public string[]? Warnings { get; init; }
}

public sealed record InfoPlugins
{
    public string[]? Volume { get; init; }

    public string[]? Network { get; init; }

    public string[]? Authorization { get; init; }

    public string[]? Log { get; init; }
}

public sealed record RegistryServiceConfig
{
    [JsonPropertyName("InsecureRegistryCIDRs")]
    public string[] InsecureRegistryCidrs { get; init; } = [];

    public Dictionary<string, IndexInfo> IndexConfigs { get; init; } = [];

    public string[]? Mirrors { get; init; }
}

public sealed record IndexInfo
{
    public string Name { get; init; } = "";

    public string[] Mirrors { get; init; } = [];

    public bool Secure { get; init; }

    public bool Official { get; init; }
}

public sealed record InfoRuntime
{
    [JsonPropertyName("path"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; init; }

    [JsonPropertyName("runtimeArgs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? RuntimeArgs { get; init; }

    [JsonPropertyName("status"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Status { get; init; }
}

/// <summary>This engine is never a Docker swarm: LocalNodeState is always <c>inactive</c>.</summary>
public sealed record InfoSwarm
{
    [JsonPropertyName("NodeID")]
    public string NodeId { get; init; } = "";

    public string NodeAddr { get; init; } = "";

    public string LocalNodeState { get; init; } = "inactive";

    public bool ControlAvailable { get; init; }

    public string Error { get; init; } = "";

    public string[]? RemoteManagers { get; init; }
}

public sealed record InfoCommit
{
    [JsonPropertyName("ID")]
    public string Id { get; init; } = "";
}

public sealed record InfoFirewall
{
    public string Driver { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[][]? Info { get; init; }
}
