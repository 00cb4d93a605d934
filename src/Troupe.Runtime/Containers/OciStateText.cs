using System.Buffers;
using System.Text.Json;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>The specification's state as JSON: for <c>state</c>, <c>list</c> and a hook's stdin (runtime.md, "State").</summary>
internal static class OciStateText
{
    public static ReadOnlyMemory<byte> Of(OciState state, bool indented) => Written(indented, json => Write(json, state));

    public static ReadOnlyMemory<byte> Of(IEnumerable<OciState> states) => Written(indented: false, json =>
    {
        json.WriteStartArray();
        foreach (var state in states) Write(json, state);
        json.WriteEndArray();
    });

    public static void WriteAnnotations(Utf8JsonWriter json, Dictionary<string, string>? annotations)
    {
        if (annotations is null) return;
        json.WriteStartObject("annotations");
        foreach (var (key, value) in annotations) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Written(bool indented, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented });
        write(json);
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, OciState state)
    {
        json.WriteStartObject();
        json.WriteString("ociVersion", state.OciVersion);
        json.WriteString("id", state.Id);
        json.WriteNumber("pid", state.Pid);
        json.WriteString("status", state.Status);
        json.WriteString("bundle", state.Bundle);
        if (state.Rootfs is { } rootfs) json.WriteString("rootfs", rootfs);
        if (state.Created is { } created) json.WriteString("created", created);
        if (state.Owner is { } owner) json.WriteString("owner", owner);
        WriteAnnotations(json, state.Annotations);
        json.WriteEndObject();
    }
}
