using System.Text.Json.Serialization;

namespace Troupe.Api.Node;

/// <summary>Answer of <c>GET /info</c>. Order and omissions are Docker's.</summary>
public sealed record InfoResponse
{
    [JsonPropertyName("ID")]
    public string Id { get; set; } = "";

    public int Containers { get; set; }

    public int ContainersRunning { get; set; }

    public int ContainersPaused { get; set; }

    public int ContainersStopped { get; set; }

    public int Images { get; set; }

    public string Driver { get; set; } = "";

    /// <summary>Pairs of label and text.</summary>
    public string[][]? DriverStatus { get; set; }

    public InfoPlugins Plugins { get; set; } = new();

    public bool MemoryLimit { get; set; }

    public bool SwapLimit { get; set; }

    public bool CpuCfsPeriod { get; set; }

    public bool CpuCfsQuota { get; set; }

    [JsonPropertyName("CPUShares")]
    public bool CpuShares { get; set; }

    [JsonPropertyName("CPUSet")]
    public bool CpuSet { get; set; }

    public bool PidsLimit { get; set; }

    [JsonPropertyName("IPv4Forwarding")]
    public bool Ipv4Forwarding { get; set; }

    public bool Debug { get; set; }

    public int NFd { get; set; }

    public bool OomKillDisable { get; set; }

    public int NGoroutines { get; set; }

    public string SystemTime { get; set; } = "";

    public string LoggingDriver { get; set; } = "";

    public string CgroupDriver { get; set; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CgroupVersion { get; set; }

    public int NEventsListener { get; set; }

    public string KernelVersion { get; set; } = "";

    public string OperatingSystem { get; set; } = "";

    [JsonPropertyName("OSVersion")]
    public string OsVersion { get; set; } = "";

    [JsonPropertyName("OSType")]
    public string OsType { get; set; } = "";

    public string Architecture { get; set; } = "";

    public string IndexServerAddress { get; set; } = "";

    public RegistryServiceConfig? RegistryConfig { get; set; }

    [JsonPropertyName("NCPU")]
    public int Ncpu { get; set; }

    /// <summary>Bytes.</summary>
    public long MemTotal { get; set; }

    public string[]? GenericResources { get; set; }

    public string DockerRootDir { get; set; } = "";

    public string HttpProxy { get; set; } = "";

    public string HttpsProxy { get; set; } = "";

    public string NoProxy { get; set; } = "";

    public string Name { get; set; } = "";

    public string[] Labels { get; set; } = [];

    public bool ExperimentalBuild { get; set; }

    public string ServerVersion { get; set; } = "";

    public Dictionary<string, InfoRuntime> Runtimes { get; set; } = [];

    public string DefaultRuntime { get; set; } = "";

    public InfoSwarm Swarm { get; set; } = new();

    public bool LiveRestoreEnabled { get; set; }

    public string Isolation { get; set; } = "";

    public string InitBinary { get; set; } = "";

    public InfoCommit ContainerdCommit { get; set; } = new();

    public InfoCommit RuncCommit { get; set; } = new();

    public InfoCommit InitCommit { get; set; } = new();

    public string[] SecurityOptions { get; set; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfoFirewall? FirewallBackend { get; set; }

    [JsonPropertyName("CDISpecDirs")]
    public string[] CdiSpecDirs { get; set; } = [];

    public string[]? Warnings { get; set; }
}

public sealed record InfoPlugins
{
    public string[]? Volume { get; set; }

    public string[]? Network { get; set; }

    public string[]? Authorization { get; set; }

    public string[]? Log { get; set; }
}

public sealed record RegistryServiceConfig
{
    [JsonPropertyName("InsecureRegistryCIDRs")]
    public string[] InsecureRegistryCidrs { get; set; } = [];

    public Dictionary<string, IndexInfo> IndexConfigs { get; set; } = [];

    public string[]? Mirrors { get; set; }
}

public sealed record IndexInfo
{
    public string Name { get; set; } = "";

    public string[] Mirrors { get; set; } = [];

    public bool Secure { get; set; }

    public bool Official { get; set; }
}

public sealed record InfoRuntime
{
    [JsonPropertyName("path"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; set; }

    [JsonPropertyName("runtimeArgs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? RuntimeArgs { get; set; }

    [JsonPropertyName("status"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Status { get; set; }
}

/// <summary>This engine is never a Docker swarm: LocalNodeState is always <c>inactive</c>.</summary>
public sealed record InfoSwarm
{
    [JsonPropertyName("NodeID")]
    public string NodeId { get; set; } = "";

    public string NodeAddr { get; set; } = "";

    public string LocalNodeState { get; set; } = "inactive";

    public bool ControlAvailable { get; set; }

    public string Error { get; set; } = "";

    public string[]? RemoteManagers { get; set; }
}

public sealed record InfoCommit
{
    [JsonPropertyName("ID")]
    public string Id { get; set; } = "";
}

public sealed record InfoFirewall
{
    public string Driver { get; set; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[][]? Info { get; set; }
}
