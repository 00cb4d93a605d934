using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Troupe.Specs.Image;

/// <summary>OCI image-spec, manifest.md; also Docker's schema 2 manifest.</summary>
public sealed record ImageManifest
{
    [JsonPropertyName("schemaVersion")] public int SchemaVersion { get; init; }
    [JsonPropertyName("mediaType")] public string? MediaType { get; init; }
    [JsonPropertyName("artifactType")] public string? ArtifactType { get; init; }
    [JsonPropertyName("config")] public required Descriptor Config { get; init; }

    /// <summary>Lowest first.</summary>
    [JsonPropertyName("layers")] [AllowNull] public Descriptor[] Layers { get => field ?? []; init; }
    [JsonPropertyName("subject")] public Descriptor? Subject { get; init; }
    [JsonPropertyName("annotations")] public Dictionary<string, string>? Annotations { get; init; }
}
