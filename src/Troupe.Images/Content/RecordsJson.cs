using System.Text.Json.Serialization;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Content;

/// <summary>
/// <c>content/images/&lt;image id&gt;</c>: this image is wholly here. Written last by a pull, so that what a killed one left is no image.
/// </summary>
internal sealed record ImageRecord
{
    [JsonConverter(typeof(DigestJsonConverter))] public required Digest Manifest { get; init; }

    /// <summary>
    /// True: it has no reference and stays all the same. A nameless image without this mark is what a pull killed before its last step left,
    /// and goes at the next start.
    /// </summary>
    public bool IsKept { get; init; }
}

/// <summary><c>layers/&lt;chain id&gt;/layer.json</c>.</summary>
internal sealed record LayerRecord
{
    [JsonConverter(typeof(DigestJsonConverter))] public required Digest DiffId { get; init; }

    /// <summary>Bytes of all files.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>
    /// The kernel's boot when the layer was unpacked. Its files are not flushed one by one; until <see cref="IsDurable"/>, they can be
    /// trusted only while that boot lasts.
    /// </summary>
    public required string BootId { get; init; }

    public bool IsDurable { get; init; }
}

[JsonSerializable(typeof(ImageRecord))]
[JsonSerializable(typeof(LayerRecord))]
internal sealed partial class RecordsJsonContext : JsonSerializerContext;
