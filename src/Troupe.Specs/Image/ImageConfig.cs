using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Specs.Image;

/// <summary>
/// OCI image-spec, config.md, with Docker's additions. For reading: the image id is the digest of the exact bytes, so a configuration is
/// never written again from this.
/// </summary>
public sealed record ImageConfig
{
    [JsonPropertyName("created")] public string? Created { get; init; }
    [JsonPropertyName("author")] public string? Author { get; init; }
    [JsonPropertyName("architecture")] [AllowNull] public string Architecture { get => field ?? ""; init; }
    [JsonPropertyName("variant")] public string? Variant { get; init; }
    [JsonPropertyName("os")] [AllowNull] public string Os { get => field ?? ""; init; }
    [JsonPropertyName("os.version")] public string? OsVersion { get; init; }
    [JsonPropertyName("os.features")] public string[]? OsFeatures { get; init; }
    [JsonPropertyName("config")] public ImageRunConfig? Config { get; init; }
    [JsonPropertyName("rootfs")] public required ImageRootfs Rootfs { get; init; }
    [JsonPropertyName("history")] public ImageHistory[]? History { get; init; }
    [JsonPropertyName("docker_version")] public string? DockerVersion { get; init; }
    [JsonPropertyName("comment")] public string? Comment { get; init; }

    /// <summary><see cref="Created"/> as a time, or null when it is missing or not RFC 3339.</summary>
    [JsonIgnore]
    public DateTimeOffset? CreatedAt =>
        DateTimeOffset.TryParse(Created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    /// <summary>Reads a configuration blob.</summary>
    /// <exception cref="JsonException">Not an image configuration.</exception>
    public static ImageConfig Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, ImageJsonContext.Default.ImageConfig) ?? throw new JsonException("the image configuration is null");
}

/// <summary>What a container gets unless it says otherwise.</summary>
public sealed record ImageRunConfig
{
    [JsonPropertyName("User")] public string? User { get; init; }

    /// <summary>Keys such as <c>80/tcp</c>; the values are empty objects.</summary>
    [JsonPropertyName("ExposedPorts")] public Dictionary<string, JsonElement>? ExposedPorts { get; init; }
    [JsonPropertyName("Env")] public string[]? Env { get; init; }
    [JsonPropertyName("Entrypoint")] public string[]? Entrypoint { get; init; }
    [JsonPropertyName("Cmd")] public string[]? Cmd { get; init; }

    /// <summary>Keys are paths; the values are empty objects.</summary>
    [JsonPropertyName("Volumes")] public Dictionary<string, JsonElement>? Volumes { get; init; }
    [JsonPropertyName("WorkingDir")] public string? WorkingDir { get; init; }
    [JsonPropertyName("Labels")] public Dictionary<string, string>? Labels { get; init; }
    [JsonPropertyName("StopSignal")] public string? StopSignal { get; init; }
    [JsonPropertyName("ArgsEscaped")] public bool ArgsEscaped { get; init; }
    [JsonPropertyName("Healthcheck")] public ImageHealthcheck? Healthcheck { get; init; }
    [JsonPropertyName("OnBuild")] public string[]? OnBuild { get; init; }
    [JsonPropertyName("Shell")] public string[]? Shell { get; init; }
}

/// <summary>Docker's health check; the durations are nanoseconds, 0 means the default.</summary>
public sealed record ImageHealthcheck
{
    [JsonPropertyName("Test")] public string[]? Test { get; init; }
    [JsonPropertyName("Interval")] public long Interval { get; init; }
    [JsonPropertyName("Timeout")] public long Timeout { get; init; }
    [JsonPropertyName("StartPeriod")] public long StartPeriod { get; init; }
    [JsonPropertyName("StartInterval")] public long StartInterval { get; init; }
    [JsonPropertyName("Retries")] public int Retries { get; init; }
}

public sealed record ImageRootfs
{
    [JsonPropertyName("type")] [AllowNull] public string Type { get => field ?? "layers"; init; }

    /// <summary>Digests of the uncompressed layers, lowest first, as text; <see cref="Digests"/> checks them.</summary>
    [JsonPropertyName("diff_ids")] public string[]? DiffIds { get; init; }

    /// <exception cref="FormatException">One of them is not a digest.</exception>
    public DiffId[] Digests() => [.. (DiffIds ?? []).Select(text => new DiffId(Digest.Parse(text)))];
}

public sealed record ImageHistory
{
    [JsonPropertyName("created")] public string? Created { get; init; }
    [JsonPropertyName("created_by")] public string? CreatedBy { get; init; }
    [JsonPropertyName("author")] public string? Author { get; init; }
    [JsonPropertyName("comment")] public string? Comment { get; init; }
    [JsonPropertyName("empty_layer")] public bool IsEmptyLayer { get; init; }
}
