using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Api.Containers;

/// <summary>Docker's HostConfig: the host side of a container's wish. Sizes in bytes, zero means not limited. Order and omissions are Docker's.</summary>
public sealed record HostConfig
{
    public string[]? Binds { get; set; }

    [JsonPropertyName("ContainerIDFile")]
    public string ContainerIdFile { get; set; } = "";

    public LogConfig LogConfig { get; set; } = new();

    public string NetworkMode { get; set; } = "";

    public Dictionary<string, PortBinding[]?>? PortBindings { get; set; }

    public RestartPolicy RestartPolicy { get; set; } = new();

    public bool AutoRemove { get; set; }

    public string VolumeDriver { get; set; } = "";

    public string[]? VolumesFrom { get; set; }

    /// <summary>Height and width in cells, in this order.</summary>
    public int[] ConsoleSize { get; set; } = [0, 0];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Annotations { get; set; }

    public string[]? CapAdd { get; set; }

    public string[]? CapDrop { get; set; }

    public string CgroupnsMode { get; set; } = "";

    public string[]? Dns { get; set; }

    public string[]? DnsOptions { get; set; }

    public string[]? DnsSearch { get; set; }

    public string[]? ExtraHosts { get; set; }

    public string[]? GroupAdd { get; set; }

    public string IpcMode { get; set; } = "";

    public string Cgroup { get; set; } = "";

    public string[]? Links { get; set; }

    public int OomScoreAdj { get; set; }

    public string PidMode { get; set; } = "";

    public bool Privileged { get; set; }

    public bool PublishAllPorts { get; set; }

    public bool ReadonlyRootfs { get; set; }

    public string[]? SecurityOpt { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? StorageOpt { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Tmpfs { get; set; }

    [JsonPropertyName("UTSMode")]
    public string UtsMode { get; set; } = "";

    public string UsernsMode { get; set; } = "";

    public long ShmSize { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Sysctls { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Runtime { get; set; }

    public string Isolation { get; set; } = "";

    public long CpuShares { get; set; }

    public long Memory { get; set; }

    public long NanoCpus { get; set; }

    public string CgroupParent { get; set; } = "";

    public int BlkioWeight { get; set; }

    public BlkioWeightDevice[]? BlkioWeightDevice { get; set; }

    public ThrottleDevice[]? BlkioDeviceReadBps { get; set; }

    public ThrottleDevice[]? BlkioDeviceWriteBps { get; set; }

    public ThrottleDevice[]? BlkioDeviceReadIOps { get; set; }

    public ThrottleDevice[]? BlkioDeviceWriteIOps { get; set; }

    public long CpuPeriod { get; set; }

    public long CpuQuota { get; set; }

    public long CpuRealtimePeriod { get; set; }

    public long CpuRealtimeRuntime { get; set; }

    public string CpusetCpus { get; set; } = "";

    public string CpusetMems { get; set; } = "";

    public DeviceMapping[]? Devices { get; set; }

    public string[]? DeviceCgroupRules { get; set; }

    /// <summary>Not served by this version: kept as it came, so that inspect could show it.</summary>
    public JsonElement[]? DeviceRequests { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long KernelMemory { get; set; }

    [JsonPropertyName("KernelMemoryTCP"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long KernelMemoryTcp { get; set; }

    public long MemoryReservation { get; set; }

    /// <summary>Memory and swap together; -1: swap is not limited.</summary>
    public long MemorySwap { get; set; }

    public long? MemorySwappiness { get; set; }

    public bool? OomKillDisable { get; set; }

    public long? PidsLimit { get; set; }

    public Ulimit[]? Ulimits { get; set; }

    public long CpuCount { get; set; }

    public long CpuPercent { get; set; }

    public long IOMaximumIOps { get; set; }

    public long IOMaximumBandwidth { get; set; }

    /// <summary>Not served by this version: kept as it came.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement[]? Mounts { get; set; }

    public string[]? MaskedPaths { get; set; }

    public string[]? ReadonlyPaths { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Init { get; set; }
}

public sealed record LogConfig
{
    public string Type { get; set; } = "";

    public Dictionary<string, string>? Config { get; set; }
}

public sealed record RestartPolicy
{
    public string Name { get; set; } = "";

    public int MaximumRetryCount { get; set; }
}

public sealed record PortBinding
{
    public string HostIp { get; set; } = "";

    public string HostPort { get; set; } = "";
}

public sealed record Ulimit
{
    public string Name { get; set; } = "";

    public long Hard { get; set; }

    public long Soft { get; set; }
}

public sealed record DeviceMapping
{
    public string PathOnHost { get; set; } = "";

    public string PathInContainer { get; set; } = "";

    public string CgroupPermissions { get; set; } = "";
}

public sealed record BlkioWeightDevice
{
    public string Path { get; set; } = "";

    public int Weight { get; set; }
}

public sealed record ThrottleDevice
{
    public string Path { get; set; } = "";

    public long Rate { get; set; }
}
