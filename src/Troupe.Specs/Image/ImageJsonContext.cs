using System.Text.Json.Serialization;

namespace Troupe.Specs.Image;

/// <summary>
/// Source-generated JSON of images. A key that comes twice is refused: two readers could take different values and so disagree about what
/// was verified (SECURITY.md, content trust). The generated readers set every init-only property, also one that is missing, so a default is
/// given by the getter, not by an initialiser.
/// </summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false, RespectNullableAnnotations = true, MaxDepth = 32, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Descriptor))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageConfig))]
[JsonSerializable(typeof(OciLayout))]
public sealed partial class ImageJsonContext : JsonSerializerContext;
