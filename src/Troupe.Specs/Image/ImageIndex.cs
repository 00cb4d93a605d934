using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Troupe.Specs.Image;

/// <summary>OCI image-spec, image-index.md; also Docker's manifest list.</summary>
public sealed record ImageIndex
{
    [JsonPropertyName("schemaVersion")] public int SchemaVersion { get; init; }
    [JsonPropertyName("mediaType")] public string? MediaType { get; init; }
    [JsonPropertyName("artifactType")] public string? ArtifactType { get; init; }
    [JsonPropertyName("manifests")] [AllowNull] public Descriptor[] Manifests { get => field ?? []; init; }
    [JsonPropertyName("subject")] public Descriptor? Subject { get; init; }
    [JsonPropertyName("annotations")] public Dictionary<string, string>? Annotations { get; init; }
}
