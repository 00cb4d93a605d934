using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Troupe.Specs.Image;

/// <summary>OCI image-spec, descriptor.md: what a blob is, its digest and its exact size in bytes.</summary>
public sealed record Descriptor
{
    [JsonPropertyName("mediaType")] [AllowNull] public string MediaType { get => field ?? ""; init; }
    [JsonPropertyName("digest"), JsonConverter(typeof(DigestJsonConverter))] public required Digest Digest { get; init; }
    [JsonPropertyName("size")] public required long Size { get; init; }
    [JsonPropertyName("urls")] public string[]? Urls { get; init; }
    [JsonPropertyName("annotations")] public Dictionary<string, string>? Annotations { get; init; }
    [JsonPropertyName("platform")] public Platform? Platform { get; init; }
    [JsonPropertyName("artifactType")] public string? ArtifactType { get; init; }
}
