using System.Text.Json;
using System.Text.Json.Serialization;
using Troupe.Linux.Processes;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>What the runtime keeps of a container between its calls: <c>&lt;root&gt;/&lt;id&gt;/state.json</c>.</summary>
internal sealed record ContainerState
{
    public required string Id { get; init; }
    public required string Bundle { get; init; }
    public required string Rootfs { get; init; }
    public int Pid { get; init; }
    public ulong PidStartTime { get; init; }
    public DateTimeOffset Created { get; init; }

    /// <summary>Set when Start was given; a created container is told from a running one by it.</summary>
    public bool Started { get; init; }
    public bool Paused { get; init; }
    public string[] CgroupDirectories { get; init; } = [];
    public Dictionary<string, string>? Annotations { get; init; }
    public required OciSpec Spec { get; init; }

    /// <summary>runc's words: creating, created, running, paused, stopped.</summary>
    [JsonIgnore]
    public string Status => Pid == 0 ? "creating" : PidFds.StartTime(Pid) != PidStartTime ? "stopped" : !Started ? "created" : Paused ? "paused" : "running";

    public OciState ToOci() => new()
    {
        OciVersion = Spec.OciVersion, Id = Id, Pid = Status == "stopped" ? 0 : Pid, Status = Status, Bundle = Bundle, Rootfs = Rootfs,
        Created = Created, Owner = "", Annotations = Annotations,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerState))]
internal sealed partial class StateJson : JsonSerializerContext;

/// <summary>The runtime's state directory: one directory per container, made exclusively, so that an id is taken once.</summary>
internal sealed class ContainerStore(string root)
{
    private const int IdMax = 1024;

    public string DirectoryOf(string id) => $"{root}/{id}";

    public string FifoOf(string id) => $"{root}/{id}/exec.fifo";

    /// <summary>Letters, digits, and <c>_ + - . </c>; not a dot name.</summary>
    public static void ValidateId(string id)
    {
        if (id.Length is 0 or > IdMax || id is "." or ".." || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '+' or '-' or '.'))
            throw new RuntimeException("container id cannot be empty or contain characters other than letters, digits, _, +, - and .");
    }

    /// <summary>Takes the id. Fails when it is in use.</summary>
    public void Reserve(string id)
    {
        ValidateId(id);
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (Directory.Exists(DirectoryOf(id))) throw new RuntimeException("container with given ID already exists");
        Directory.CreateDirectory(DirectoryOf(id), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Before anything in the kernel is made: where it will be, for whoever has to clear up after a kill.</summary>
    public void Intend(string id, IEnumerable<string> cgroupDirectories) => File.WriteAllLines(IntentOf(id), cgroupDirectories);

    public string[] Intended(string id) => File.Exists(IntentOf(id)) ? File.ReadAllLines(IntentOf(id)) : [];

    private string IntentOf(string id) => $"{DirectoryOf(id)}/cgroups";

    public void Release(string id)
    {
        if (Directory.Exists(DirectoryOf(id))) Directory.Delete(DirectoryOf(id), recursive: true);
    }

    public void Save(ContainerState state)
    {
        var file = $"{DirectoryOf(state.Id)}/state.json";
        File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(state, RuntimeJson.State.ContainerState));
        File.Move(file + ".new", file, overwrite: true);
    }

    public ContainerState Load(string id)
    {
        ValidateId(id);
        var file = $"{DirectoryOf(id)}/state.json";
        if (!File.Exists(file)) throw new RuntimeException("container does not exist");
        return JsonSerializer.Deserialize(File.ReadAllBytes(file), RuntimeJson.State.ContainerState) ?? throw new RuntimeException($"{file} is empty");
    }

    public IEnumerable<ContainerState> All() =>
        !Directory.Exists(root) ? [] : Directory.EnumerateDirectories(root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)
            .Where(id => File.Exists($"{DirectoryOf(id)}/state.json")).Select(Load);
}
