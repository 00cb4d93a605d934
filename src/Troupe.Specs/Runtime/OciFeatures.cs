using System.Text.Json.Serialization;

namespace Troupe.Specs.Runtime;

/// <summary>What a runtime can do, as <c>features</c> prints it (features.md and features-linux.md of the OCI runtime-spec 1.2).</summary>
public sealed record OciFeatures
{
    public required string OciVersionMin { get; init; }
    public required string OciVersionMax { get; init; }
    public required string[] Hooks { get; init; }
    public required string[] MountOptions { get; init; }
    public required OciLinuxFeatures Linux { get; init; }
    public Dictionary<string, string>? Annotations { get; init; }
    public string[]? PotentiallyUnsafeConfigAnnotations { get; init; }
}

public sealed record OciLinuxFeatures
{
    public required string[] Namespaces { get; init; }
    public required string[] Capabilities { get; init; }
    public required OciCgroupFeatures Cgroup { get; init; }
    public required OciSeccompFeatures Seccomp { get; init; }
    public required OciFeatureSwitch Apparmor { get; init; }
    public required OciFeatureSwitch Selinux { get; init; }
    public required OciFeatureSwitch IntelRdt { get; init; }
    public required OciMountExtensions MountExtensions { get; init; }
}

public sealed record OciCgroupFeatures(bool V1, bool V2, bool Systemd, bool SystemdUser, bool Rdma);

public sealed record OciSeccompFeatures
{
    public required bool Enabled { get; init; }
    public required string[] Actions { get; init; }
    public required string[] Operators { get; init; }
    public required string[] Archs { get; init; }
    public required string[] KnownFlags { get; init; }
    public required string[] SupportedFlags { get; init; }
}

public sealed record OciFeatureSwitch(bool Enabled);

public sealed record OciMountExtensions(OciFeatureSwitch Idmap);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(OciFeatures))]
public sealed partial class OciFeaturesJson : JsonSerializerContext;
