using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Api.Containers;

/// <summary>Docker's HostConfig: the host side of a container's wish. Sizes in bytes, zero means not limited. Order and omissions are Docker's.</summary>
public sealed record HostConfig
{
    public string[]? Binds { get; init; }

    [JsonPropertyName("ContainerIDFile")]
    public string ContainerIdFile { get; init; } = "";

    public LogConfig LogConfig { get; init; } = new();

    public string NetworkMode { get; init; } = "";

    public Dictionary<string, PortBinding[]?>? PortBindings { get; init; }

    public RestartPolicy RestartPolicy { get; init; } = new();

    public bool AutoRemove { get; init; }

    public string VolumeDriver { get; init; } = "";

    public string[]? VolumesFrom { get; init; }

    /// <summary>Height and width in cells, in this order.</summary>
    public int[] ConsoleSize { get; init; } = [0, 0];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Annotations { get; init; }

    public string[]? CapAdd { get; init; }

    public string[]? CapDrop { get; init; }

    public string CgroupnsMode { get; init; } = "";

    public string[]? Dns { get; init; }

    public string[]? DnsOptions { get; init; }

    public string[]? DnsSearch { get; init; }

    public string[]? ExtraHosts { get; init; }

    public string[]? GroupAdd { get; init; }

    public string IpcMode { get; init; } = "";

    public string Cgroup { get; init; } = "";

    public string[]? Links { get; init; }

    public int OomScoreAdj { get; init; }

    public string PidMode { get; init; } = "";

    public bool Privileged { get; init; }

    public bool PublishAllPorts { get; init; }

    public bool ReadonlyRootfs { get; init; }

    public string[]? SecurityOpt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? StorageOpt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Tmpfs { get; init; }

    [JsonPropertyName("UTSMode")]
    public string UtsMode { get; init; } = "";

    public string UsernsMode { get; init; } = "";

    public long ShmSize { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Sysctls { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Runtime { get; init; }

    public string Isolation { get; init; } = "";

    public long CpuShares { get; init; }

    public long Memory { get; init; }

    public long NanoCpus { get; init; }

    public string CgroupParent { get; init; } = "";

    public int BlkioWeight { get; init; }

    public BlkioWeightDevice[]? BlkioWeightDevice { get; init; }

    public ThrottleDevice[]? BlkioDeviceReadBps { get; init; }

    public ThrottleDevice[]? BlkioDeviceWriteBps { get; init; }

    public ThrottleDevice[]? BlkioDeviceReadIOps { get; init; }

    public ThrottleDevice[]? BlkioDeviceWriteIOps { get; init; }

    public long CpuPeriod { get; init; }

    public long CpuQuota { get; init; }

    public long CpuRealtimePeriod { get; init; }

    public long CpuRealtimeRuntime { get; init; }

    public string CpusetCpus { get; init; } = "";

    public string CpusetMems { get; init; } = "";

    public DeviceMapping[]? Devices { get; init; }

    public string[]? DeviceCgroupRules { get; init; }

    /// <summary>Not served by this version: kept as it came, so that inspect could show it.</summary>
    public JsonElement[]? DeviceRequests { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long KernelMemory { get; init; }

    [JsonPropertyName("KernelMemoryTCP"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long KernelMemoryTcp { get; init; }

    public long MemoryReservation { get; init; }

    /// <summary>Memory and swap together; -1: swap is not limited.</summary>
    public long MemorySwap { get; init; }

    public long? MemorySwappiness { get; init; }

    public bool? OomKillDisable { get; init; }

    public long? PidsLimit { get; init; }

    public Ulimit[]? Ulimits { get; init; }

    public long CpuCount { get; init; }

    public long CpuPercent { get; init; }

    public long IOMaximumIOps { get; init; }

    public long IOMaximumBandwidth { get; init; }

    /// <summary>Not served by this version: kept as it came.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement[]? Mounts { get; init; }

    public string[]? MaskedPaths { get; init; }

    public string[]? ReadonlyPaths { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Init { get; init; }
}

public sealed record LogConfig
{
    public string Type { get; init; } = "";

    public Dictionary<string, string>? Config { get; init; }
}

public sealed record RestartPolicy
{
    public string Name { get; init; } = "";

    public int MaximumRetryCount { get; init; }
}

public sealed record PortBinding
{
    public string HostIp { get; init; } = "";

    public string HostPort { get; init; } = "";
}

public sealed record Ulimit
{
    public string Name { get; init; } = "";

    public long Hard { get; init; }

    public long Soft { get; init; }
}

public sealed record DeviceMapping
{
    public string PathOnHost { get; init; } = "";

    public string PathInContainer { get; init; } = "";

    public string CgroupPermissions { get; init; } = "";
}

public sealed record BlkioWeightDevice
{
    public string Path { get; init; } = "";

    public int Weight { get; init; }
}

public sealed record ThrottleDevice
{
    public string Path { get; init; } = "";

    public long Rate { get; init; }
}
