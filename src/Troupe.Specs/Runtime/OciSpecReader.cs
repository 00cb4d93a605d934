using System.Text.Json;

namespace Troupe.Specs.Runtime;

/// <summary>
/// Reads config.json by hand. The serializer of <see cref="OciJson"/> builds its model of all these types in each process before it reads the
/// first byte: 9 ms of 24 that a short container took, and 250 KiB in a shim. Unknown fields are skipped and null is as absent, as with the
/// serializer; a test compares the two field by field.
/// </summary>
public static class OciSpecReader
{
    /// <summary>Fails with <see cref="JsonException"/> that names the field. Null for a JSON null.</summary>
    public static OciSpec? Spec(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return Whole(ref reader, Spec);
    }

    /// <summary>A process alone, as <c>exec --process</c> takes it.</summary>
    public static OciProcess? Process(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return Whole(ref reader, Process);
    }

    private static T? Whole<T>(ref Utf8JsonReader json, JsonFields.Read<T> read) where T : class
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return null;
        var result = read(ref json);
        // Reads to the end: what follows must be nothing.
        json.Read();
        return result;
    }

    private static OciSpec Spec(ref Utf8JsonReader json)
    {
        var it = new OciSpec();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "ociVersion" => it with { OciVersion = fields.Text(ref json) },
                "process" => it with { Process = Process(ref json) },
                "root" => it with { Root = Root(ref json) },
                "hostname" => it with { Hostname = fields.Text(ref json) },
                "domainname" => it with { Domainname = fields.Text(ref json) },
                "mounts" => it with { Mounts = fields.Array(ref json, Mount) },
                "hooks" => it with { Hooks = Hooks(ref json) },
                "annotations" => it with { Annotations = fields.Texts(ref json) },
                "linux" => it with { Linux = OciLinuxReader.Linux(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciProcess Process(ref Utf8JsonReader json)
    {
        var it = new OciProcess();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "terminal" => it with { Terminal = fields.Flag(ref json) },
                "consoleSize" => it with { ConsoleSize = ConsoleSize(ref json) },
                "user" => it with { User = User(ref json) },
                "args" => it with { Args = fields.List(ref json) },
                "env" => it with { Env = fields.List(ref json) },
                "cwd" => it with { Cwd = fields.Text(ref json) },
                "capabilities" => it with { Capabilities = Capabilities(ref json) },
                "rlimits" => it with { Rlimits = fields.Array(ref json, Rlimit) },
                "noNewPrivileges" => it with { NoNewPrivileges = fields.Flag(ref json) },
                "apparmorProfile" => it with { ApparmorProfile = fields.Text(ref json) },
                "oomScoreAdj" => it with { OomScoreAdj = fields.Number<int>(ref json) },
                "selinuxLabel" => it with { SelinuxLabel = fields.Text(ref json) },
                "ioPriority" => it with { IoPriority = IoPriority(ref json) },
                "scheduler" => it with { Scheduler = Scheduler(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciConsoleSize ConsoleSize(ref Utf8JsonReader json)
    {
        var it = new OciConsoleSize(0, 0);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "height" => it with { Height = fields.Number<uint>(ref json) },
                "width" => it with { Width = fields.Number<uint>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciUser User(ref Utf8JsonReader json)
    {
        var it = new OciUser();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "uid" => it with { Uid = fields.Number<uint>(ref json) },
                "gid" => it with { Gid = fields.Number<uint>(ref json) },
                "umask" => it with { Umask = fields.Number<uint>(ref json) },
                "additionalGids" => it with { AdditionalGids = fields.Array(ref json, static (ref Utf8JsonReader j) => JsonFields.Element<uint>(ref j)) },
                "username" => it with { Username = fields.Text(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciCapabilities Capabilities(ref Utf8JsonReader json)
    {
        var it = new OciCapabilities();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "bounding" => it with { Bounding = fields.List(ref json) },
                "effective" => it with { Effective = fields.List(ref json) },
                "inheritable" => it with { Inheritable = fields.List(ref json) },
                "permitted" => it with { Permitted = fields.List(ref json) },
                "ambient" => it with { Ambient = fields.List(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciRlimit Rlimit(ref Utf8JsonReader json)
    {
        var it = new OciRlimit("", 0, 0);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "type" => it with { Type = fields.Text(ref json) },
                "hard" => it with { Hard = fields.Number<ulong>(ref json) },
                "soft" => it with { Soft = fields.Number<ulong>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciIoPriority IoPriority(ref Utf8JsonReader json)
    {
        var it = new OciIoPriority("", 0);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "class" => it with { Class = fields.Text(ref json) },
                "priority" => it with { Priority = fields.Number<int>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciScheduler Scheduler(ref Utf8JsonReader json)
    {
        var it = new OciScheduler();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "policy" => it with { Policy = fields.Text(ref json) },
                "nice" => it with { Nice = fields.Number<int>(ref json) },
                "priority" => it with { Priority = fields.Number<int>(ref json) },
                "flags" => it with { Flags = fields.List(ref json) },
                "runtime" => it with { Runtime = fields.Number<ulong>(ref json) },
                "deadline" => it with { Deadline = fields.Number<ulong>(ref json) },
                "period" => it with { Period = fields.Number<ulong>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciRoot Root(ref Utf8JsonReader json)
    {
        var it = new OciRoot("", Readonly: false);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "path" => it with { Path = fields.Text(ref json) },
                "readonly" => it with { Readonly = fields.Flag(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciMount Mount(ref Utf8JsonReader json)
    {
        var it = new OciMount { Destination = "" };
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "destination" => it with { Destination = fields.Text(ref json) },
                "type" => it with { Type = fields.Text(ref json) },
                "source" => it with { Source = fields.Text(ref json) },
                "options" => it with { Options = fields.List(ref json) },
                "uidMappings" => it with { UidMappings = fields.Array(ref json, OciLinuxReader.IdMapping) },
                "gidMappings" => it with { GidMappings = fields.Array(ref json, OciLinuxReader.IdMapping) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return JsonFields.Require(it, "destination", it.Destination);
    }

    private static OciHooks Hooks(ref Utf8JsonReader json)
    {
        var it = new OciHooks();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "prestart" => it with { Prestart = fields.Array(ref json, Hook) },
                "createRuntime" => it with { CreateRuntime = fields.Array(ref json, Hook) },
                "createContainer" => it with { CreateContainer = fields.Array(ref json, Hook) },
                "startContainer" => it with { StartContainer = fields.Array(ref json, Hook) },
                "poststart" => it with { Poststart = fields.Array(ref json, Hook) },
                "poststop" => it with { Poststop = fields.Array(ref json, Hook) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    private static OciHook Hook(ref Utf8JsonReader json)
    {
        var it = new OciHook { Path = "" };
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "path" => it with { Path = fields.Text(ref json) },
                "args" => it with { Args = fields.List(ref json) },
                "env" => it with { Env = fields.List(ref json) },
                "timeout" => it with { Timeout = fields.Number<int>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return JsonFields.Require(it, "path", it.Path);
    }
}
