namespace Troupe.Protocol.Containers;

/// <summary>
/// What a container was asked to be: the user's wish merged with the image's configuration, in Docker's terms. Desired state:
/// written once at creation. Sizes in bytes.
/// </summary>
[Wire("cspec")]
public sealed record ContainerSpec(
    string Image,
    string Hostname,
    string Domainname,
    string User,
    bool AttachStdin,
    bool AttachStdout,
    bool AttachStderr,
    bool Tty,
    bool OpenStdin,
    bool StdinOnce,
    string[] Env,
    string[]? Cmd,
    string[]? Entrypoint,
    string WorkingDir,
    Dictionary<string, string> Labels,
    string[] ExposedPorts,
    string[] Volumes,
    string StopSignal,
    int? StopTimeoutSeconds,
    HostSpec Host) : IWireMessage;

/// <summary>The host side of a container's wish (Docker's HostConfig). Zero means "not limited" as in Docker.</summary>
[Wire("chost")]
public sealed record HostSpec(
    string NetworkMode,
    bool AutoRemove,
    bool Privileged,
    bool ReadonlyRootfs,
    string[] CapAdd,
    string[] CapDrop,
    string[] SecurityOpt,
    long MemoryBytes,
    long MemoryReservationBytes,
    long MemorySwapBytes,
    long NanoCpus,
    long CpuShares,
    long CpuPeriodUs,
    long CpuQuotaUs,
    string CpusetCpus,
    string CpusetMems,
    long? PidsLimit,
    long ShmSizeBytes,
    int OomScoreAdj,
    bool? OomKillDisable,
    bool? Init,
    string RestartPolicyName,
    int RestartMaximumRetryCount,
    string LogDriver,
    Dictionary<string, string> LogOptions,
    string[] Dns,
    string[] DnsSearch,
    string[] DnsOptions,
    string[] ExtraHosts,
    string[] GroupAdd,
    Dictionary<string, string> Sysctls,
    string[] Ulimits,
    Dictionary<string, string> Tmpfs,
    string IpcMode,
    string PidMode,
    string UtsMode,
    string CgroupnsMode,
    string Runtime,
    string[]? MaskedPaths,
    string[]? ReadonlyPaths,
    string CgroupParent,
    string HostConfigJson) : IWireMessage;
