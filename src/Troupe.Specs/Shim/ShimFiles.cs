using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Specs.Shim;

/// <summary>shim.json and exit.json. Unknown members are ignored, missing ones fail: an older shim reads what a newer trouped wrote.</summary>
public static class ShimFiles
{
    public static byte[] Write(ShimConfig config) => JsonSerializer.SerializeToUtf8Bytes(config, ShimJson.Default.ShimConfig);

    public static byte[] Write(ShimExitRecord record) =>
        JsonSerializer.SerializeToUtf8Bytes(record, ShimJson.Default.ShimExitRecord);

    /// <exception cref="JsonException">Not such a file, or a member is missing.</exception>
    public static ShimConfig ReadConfig(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, ShimJson.Default.ShimConfig) ?? throw new JsonException("shim.json is null");

    /// <exception cref="JsonException">Not such a file, or a member is missing.</exception>
    public static ShimExitRecord ReadExit(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, ShimJson.Default.ShimExitRecord) ?? throw new JsonException("exit.json is null");
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ShimConfig))]
[JsonSerializable(typeof(ShimExitRecord))]
internal sealed partial class ShimJson : JsonSerializerContext;
