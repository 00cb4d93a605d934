using System.Text.Json;

namespace Troupe.Specs.Runtime;

/// <summary><c>linux.seccomp</c> of config.json. See <see cref="OciSpecReader"/>.</summary>
internal static class OciSeccompReader
{
    public static OciSeccomp Seccomp(ref Utf8JsonReader json)
    {
        var it = new OciSeccomp { DefaultAction = "" };
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "defaultAction" => it with { DefaultAction = fields.Text(ref json) },
                "defaultErrnoRet" => it with { DefaultErrnoRet = fields.Number<uint>(ref json) },
                "architectures" => it with { Architectures = fields.List(ref json) },
                "flags" => it with { Flags = fields.List(ref json) },
                "listenerPath" => it with { ListenerPath = fields.Text(ref json) },
                "listenerMetadata" => it with { ListenerMetadata = fields.Text(ref json) },
                "syscalls" => it with { Syscalls = fields.Array(ref json, Rule) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return JsonFields.Require(it, "defaultAction", it.DefaultAction);
    }

    public static OciSyscallRule Rule(ref Utf8JsonReader json)
    {
        var it = new OciSyscallRule { Names = [], Action = "" };
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "names" => it with { Names = fields.List(ref json) },
                "action" => it with { Action = fields.Text(ref json) },
                "errnoRet" => it with { ErrnoRet = fields.Number<uint>(ref json) },
                "args" => it with { Args = fields.Array(ref json, Argument) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return JsonFields.Require(it, "action", it.Action);
    }

    public static OciSyscallArg Argument(ref Utf8JsonReader json)
    {
        var it = new OciSyscallArg(0, 0, 0, "");
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "index" => it with { Index = fields.Number<uint>(ref json) },
                "value" => it with { Value = fields.Number<ulong>(ref json) },
                "valueTwo" => it with { ValueTwo = fields.Number<ulong>(ref json) },
                "op" => it with { Op = fields.Text(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }
}
