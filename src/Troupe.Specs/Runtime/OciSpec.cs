using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Specs.Runtime;

// config.json of the OCI runtime-spec 1.2 (config.md, config-linux.md). Field names and nullability are the specification's: an absent
// field is null, never a made-up default. Files are written and read by OciJson only.

public sealed record OciSpec
{
    public string OciVersion { get; init; } = "1.2.0";
    public OciProcess? Process { get; init; }
    public OciRoot? Root { get; init; }
    public string? Hostname { get; init; }
    public string? Domainname { get; init; }
    public OciMount[]? Mounts { get; init; }
    public OciHooks? Hooks { get; init; }
    public Dictionary<string, string>? Annotations { get; init; }
    public OciLinux? Linux { get; init; }
}

public sealed record OciProcess
{
    public bool Terminal { get; init; }
    public OciConsoleSize? ConsoleSize { get; init; }
    public OciUser? User { get; init; }
    public string[]? Args { get; init; }
    public string[]? Env { get; init; }
    public string? Cwd { get; init; }
    public OciCapabilities? Capabilities { get; init; }
    public OciRlimit[]? Rlimits { get; init; }
    public bool NoNewPrivileges { get; init; }
    public string? ApparmorProfile { get; init; }
    public int? OomScoreAdj { get; init; }
    public string? SelinuxLabel { get; init; }
    [JsonPropertyName("ioPriority")] public OciIoPriority? IoPriority { get; init; }
    public OciScheduler? Scheduler { get; init; }
}

public sealed record OciConsoleSize(uint Height, uint Width);

public sealed record OciUser
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }
    public uint? Umask { get; init; }
    public uint[]? AdditionalGids { get; init; }
    public string? Username { get; init; }
}

public sealed record OciCapabilities
{
    public string[]? Bounding { get; init; }
    public string[]? Effective { get; init; }
    public string[]? Inheritable { get; init; }
    public string[]? Permitted { get; init; }
    public string[]? Ambient { get; init; }
}

public sealed record OciRlimit(string Type, ulong Hard, ulong Soft);

public sealed record OciIoPriority(string Class, int Priority);

public sealed record OciScheduler
{
    public string? Policy { get; init; }
    public int Nice { get; init; }
    public int Priority { get; init; }
    public string[]? Flags { get; init; }
    public ulong Runtime { get; init; }
    public ulong Deadline { get; init; }
    public ulong Period { get; init; }
}

public sealed record OciRoot(string Path, bool Readonly);

public sealed record OciMount
{
    public required string Destination { get; init; }
    public string? Type { get; init; }
    public string? Source { get; init; }
    public string[]? Options { get; init; }
    public OciIdMapping[]? UidMappings { get; init; }
    public OciIdMapping[]? GidMappings { get; init; }
}

public sealed record OciHooks
{
    public OciHook[]? Prestart { get; init; }
    public OciHook[]? CreateRuntime { get; init; }
    public OciHook[]? CreateContainer { get; init; }
    public OciHook[]? StartContainer { get; init; }
    public OciHook[]? Poststart { get; init; }
    public OciHook[]? Poststop { get; init; }
}

public sealed record OciHook
{
    public required string Path { get; init; }
    public string[]? Args { get; init; }
    public string[]? Env { get; init; }
    /// <summary>Seconds.</summary>
    public int? Timeout { get; init; }
}

public sealed record OciLinux
{
    public OciIdMapping[]? UidMappings { get; init; }
    public OciIdMapping[]? GidMappings { get; init; }
    public Dictionary<string, string>? Sysctl { get; init; }
    public OciResources? Resources { get; init; }
    public string? CgroupsPath { get; init; }
    public OciNamespace[]? Namespaces { get; init; }
    public OciDevice[]? Devices { get; init; }
    public OciSeccomp? Seccomp { get; init; }
    public string? RootfsPropagation { get; init; }
    public string[]? MaskedPaths { get; init; }
    public string[]? ReadonlyPaths { get; init; }
    public string? MountLabel { get; init; }
    public JsonElement? IntelRdt { get; init; }
    public OciPersonality? Personality { get; init; }
    public Dictionary<string, OciTimeOffset>? TimeOffsets { get; init; }
}

public sealed record OciIdMapping([property: JsonPropertyName("containerID")] uint ContainerId, [property: JsonPropertyName("hostID")] uint HostId, uint Size);

public sealed record OciNamespace(string Type, string? Path = null);

public sealed record OciDevice
{
    public required string Path { get; init; }
    public required string Type { get; init; }
    public long Major { get; init; }
    public long Minor { get; init; }
    public uint? FileMode { get; init; }
    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
}

public sealed record OciPersonality(string Domain, string[]? Flags);

public sealed record OciTimeOffset(long Secs, uint Nanosecs);

public sealed record OciResources
{
    public OciDeviceRule[]? Devices { get; init; }
    public OciMemory? Memory { get; init; }
    public OciCpu? Cpu { get; init; }
    public OciPids? Pids { get; init; }
    [JsonPropertyName("blockIO")] public OciBlockIo? BlockIo { get; init; }
    public OciHugepageLimit[]? HugepageLimits { get; init; }
    public Dictionary<string, string>? Unified { get; init; }
}

public sealed record OciDeviceRule
{
    public bool Allow { get; init; }
    public string? Type { get; init; }
    public long? Major { get; init; }
    public long? Minor { get; init; }
    public string? Access { get; init; }
}

/// <summary>Bytes; -1 means unlimited.</summary>
public sealed record OciMemory
{
    public long? Limit { get; init; }
    public long? Reservation { get; init; }
    public long? Swap { get; init; }
    public ulong? Swappiness { get; init; }
    public bool? DisableOOMKiller { get; init; }
    public bool? UseHierarchy { get; init; }
}

/// <summary>Quota and period in microseconds.</summary>
public sealed record OciCpu
{
    public ulong? Shares { get; init; }
    public long? Quota { get; init; }
    public ulong? Burst { get; init; }
    public ulong? Period { get; init; }
    public long? RealtimeRuntime { get; init; }
    public ulong? RealtimePeriod { get; init; }
    public string? Cpus { get; init; }
    public string? Mems { get; init; }
    public long? Idle { get; init; }
}

public sealed record OciPids(long Limit);

public sealed record OciBlockIo
{
    public ushort? Weight { get; init; }
    public OciThrottle[]? ThrottleReadBpsDevice { get; init; }
    public OciThrottle[]? ThrottleWriteBpsDevice { get; init; }
    public OciThrottle[]? ThrottleReadIOPSDevice { get; init; }
    public OciThrottle[]? ThrottleWriteIOPSDevice { get; init; }
}

public sealed record OciThrottle(long Major, long Minor, ulong Rate);

public sealed record OciHugepageLimit(string PageSize, ulong Limit);

public sealed record OciSeccomp
{
    public required string DefaultAction { get; init; }
    public uint? DefaultErrnoRet { get; init; }
    public string[]? Architectures { get; init; }
    public string[]? Flags { get; init; }
    public string? ListenerPath { get; init; }
    public string? ListenerMetadata { get; init; }
    public OciSyscallRule[]? Syscalls { get; init; }
}

public sealed record OciSyscallRule
{
    public required string[] Names { get; init; }
    public required string Action { get; init; }
    public uint? ErrnoRet { get; init; }
    public OciSyscallArg[]? Args { get; init; }
}

public sealed record OciSyscallArg(uint Index, ulong Value, ulong ValueTwo, string Op);

/// <summary>The state that <c>state</c> prints and hooks read on stdin (runtime.md, "State"), with runc's additions.</summary>
public sealed record OciState
{
    public string OciVersion { get; init; } = "1.2.0";
    public required string Id { get; init; }
    public int Pid { get; init; }
    public required string Status { get; init; }
    public required string Bundle { get; init; }
    public string? Rootfs { get; init; }
    public DateTimeOffset? Created { get; init; }
    public string? Owner { get; init; }
    public Dictionary<string, string>? Annotations { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OciSpec))]
[JsonSerializable(typeof(OciProcess))]
[JsonSerializable(typeof(OciState))]
[JsonSerializable(typeof(OciState[]))]
[JsonSerializable(typeof(OciSeccomp))]
public sealed partial class OciJson : JsonSerializerContext;
