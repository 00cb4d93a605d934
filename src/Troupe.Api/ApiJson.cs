using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Troupe.Api.Containers;
using Troupe.Api.Images;
using Troupe.Api.Json;
using Troupe.Api.Networks;
using Troupe.Api.Node;

namespace Troupe.Api;

/// <summary>
/// The one way in which bodies of the Engine API become objects and back: names are found whatever their case and unknown ones are
/// ignored, as Go's decoder does; nothing but what JSON demands is escaped, as Docker's encoder does.
/// Bodies have setters and not init accessors: the source generator gives an absent init member its type's default instead of its initializer.
/// </summary>
public static class ApiJson
{
    /// <summary>Type infos of all bodies: <c>ApiJson.Context.ContainerCreateRequest</c>.</summary>
    public static ApiJsonContext Context { get; } = new(Options(indented: false));

    /// <summary>The same, indented by four blanks, for <c>inspect</c>.</summary>
    public static ApiJsonContext Indented { get; } = new(Options(indented: true));

    private static JsonSerializerOptions Options(bool indented) => new()
    {
        PropertyNameCaseInsensitive = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = Limits.JsonDepthMax,
        WriteIndented = indented,
        IndentSize = 4,
        Converters = { new GoStringConverter(), new GoBooleanConverter(), new GoInt32Converter(), new GoInt64Converter() },
    };
}

[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(EventMessage))]
[JsonSerializable(typeof(ContainerCreateRequest))]
[JsonSerializable(typeof(ContainerCreateResponse))]
[JsonSerializable(typeof(ContainerInspect))]
[JsonSerializable(typeof(ContainerSummary))]
[JsonSerializable(typeof(ContainerSummary[]))]
[JsonSerializable(typeof(ContainerWaitResponse))]
[JsonSerializable(typeof(ContainerConfig))]
[JsonSerializable(typeof(HostConfig))]
[JsonSerializable(typeof(ImageSummary[]))]
[JsonSerializable(typeof(ImageInspect))]
[JsonSerializable(typeof(ImageDeleteItem[]))]
[JsonSerializable(typeof(ProgressMessage))]
[JsonSerializable(typeof(AuthConfig))]
[JsonSerializable(typeof(NetworkInspect))]
[JsonSerializable(typeof(NetworkInspect[]))]
[JsonSerializable(typeof(VersionResponse))]
[JsonSerializable(typeof(InfoResponse))]
[JsonSerializable(typeof(Dictionary<string, string>))]
public sealed partial class ApiJsonContext : JsonSerializerContext;
