using System.Buffers;
using System.Text.Json;
using Troupe.Linux.Processes;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>What the runtime keeps of a container between its calls, beside its configuration: <c>state.json</c>.</summary>
internal sealed record ContainerState
{
    public required string Id { get; init; }
    public required string OciVersion { get; init; }
    public required string Bundle { get; init; }
    public required string Rootfs { get; init; }
    public int Pid { get; init; }
    public ulong PidStartTime { get; init; }
    public DateTimeOffset Created { get; init; }
    public bool Paused { get; init; }

    /// <summary>Whether the configuration has hooks that run after the creation; without any it is not read again.</summary>
    public bool HasLaterHooks { get; init; }
    public string[] CgroupDirectories { get; init; } = [];
    public Dictionary<string, string>? Annotations { get; init; }

    /// <summary>Start was given: a created container is told from a running one by it. Not in the file, see <see cref="ContainerStore.MarkStarted"/>.</summary>
    public bool Started { get; init; }

    /// <summary>runc's words: creating, created, running, paused, stopped.</summary>
    public string Status => Pid == 0 ? "creating" : PidFds.StartTime(Pid) != PidStartTime ? "stopped" : !Started ? "created" : Paused ? "paused" : "running";

    public OciState ToOci()
    {
        var status = Status;
        return new OciState
        {
            OciVersion = OciVersion, Id = Id, Pid = status == "stopped" ? 0 : Pid, Status = status, Bundle = Bundle, Rootfs = Rootfs,
            Created = Created, Owner = "", Annotations = Annotations,
        };
    }

    public ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("id", Id);
        json.WriteString("ociVersion", OciVersion);
        json.WriteString("bundle", Bundle);
        json.WriteString("rootfs", Rootfs);
        json.WriteNumber("pid", Pid);
        json.WriteNumber("pidStartTime", PidStartTime);
        json.WriteString("created", Created);
        json.WriteBoolean("paused", Paused);
        json.WriteBoolean("hasLaterHooks", HasLaterHooks);
        json.WriteStartArray("cgroupDirectories");
        foreach (var directory in CgroupDirectories) json.WriteStringValue(directory);
        json.WriteEndArray();
        OciStateText.WriteAnnotations(json, Annotations);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    public static ContainerState FromJson(ReadOnlySpan<byte> content)
    {
        var json = new Utf8JsonReader(content);
        json.Read();
        var it = new ContainerState { Id = "", OciVersion = "", Bundle = "", Rootfs = "" };
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "id" => it with { Id = fields.Text(ref json) },
                "ociVersion" => it with { OciVersion = fields.Text(ref json) },
                "bundle" => it with { Bundle = fields.Text(ref json) },
                "rootfs" => it with { Rootfs = fields.Text(ref json) },
                "pid" => it with { Pid = fields.Number<int>(ref json) },
                "pidStartTime" => it with { PidStartTime = fields.Number<ulong>(ref json) },
                "created" => it with { Created = json.GetDateTimeOffset() },
                "paused" => it with { Paused = fields.Flag(ref json) },
                "hasLaterHooks" => it with { HasLaterHooks = fields.Flag(ref json) },
                "cgroupDirectories" => it with { CgroupDirectories = fields.List(ref json) },
                "annotations" => it with { Annotations = fields.Texts(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }
}
