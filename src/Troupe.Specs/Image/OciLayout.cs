using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Troupe.Specs.Image;

/// <summary>The <c>oci-layout</c> file of OCI image-spec, image-layout.md, and the names of what lies beside it.</summary>
public sealed record OciLayout
{
    public const string FileName = "oci-layout";
    public const string IndexFileName = "index.json";
    public const string BlobsDirectory = "blobs/sha256";

    /// <summary>Annotation with the short name or tag.</summary>
    public const string RefNameAnnotation = "org.opencontainers.image.ref.name";

    /// <summary>Annotation with the whole canonical reference.</summary>
    public const string ImageNameAnnotation = "io.containerd.image.name";

    [JsonPropertyName("imageLayoutVersion")] [AllowNull] public string ImageLayoutVersion { get => field ?? "1.0.0"; init; }
}
