using System.Text.Json;

namespace Troupe.Specs.Runtime;

/// <summary>The <c>linux</c> part of config.json. See <see cref="OciSpecReader"/>.</summary>
internal static class OciLinuxReader
{
    public static OciLinux Linux(ref Utf8JsonReader json)
    {
        var it = new OciLinux();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "uidMappings" => it with { UidMappings = fields.Array(ref json, IdMapping) },
                "gidMappings" => it with { GidMappings = fields.Array(ref json, IdMapping) },
                "sysctl" => it with { Sysctl = fields.Texts(ref json) },
                "resources" => it with { Resources = Resources(ref json) },
                "cgroupsPath" => it with { CgroupsPath = fields.Text(ref json) },
                "namespaces" => it with { Namespaces = fields.Array(ref json, Namespace) },
                "devices" => it with { Devices = fields.Array(ref json, Device) },
                "seccomp" => it with { Seccomp = OciSeccompReader.Seccomp(ref json) },
                "rootfsPropagation" => it with { RootfsPropagation = fields.Text(ref json) },
                "maskedPaths" => it with { MaskedPaths = fields.List(ref json) },
                "readonlyPaths" => it with { ReadonlyPaths = fields.List(ref json) },
                "mountLabel" => it with { MountLabel = fields.Text(ref json) },
                "intelRdt" => it with { IntelRdt = JsonElement.ParseValue(ref json) },
                "personality" => it with { Personality = Personality(ref json) },
                "timeOffsets" => it with { TimeOffsets = fields.Map(ref json, TimeOffset) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciIdMapping IdMapping(ref Utf8JsonReader json)
    {
        var it = new OciIdMapping(0, 0, 0);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "containerID" => it with { ContainerId = fields.Number<uint>(ref json) },
                "hostID" => it with { HostId = fields.Number<uint>(ref json) },
                "size" => it with { Size = fields.Number<uint>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciNamespace Namespace(ref Utf8JsonReader json)
    {
        var it = new OciNamespace("");
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "type" => it with { Type = fields.Text(ref json) },
                "path" => it with { Path = fields.Text(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciDevice Device(ref Utf8JsonReader json)
    {
        var it = new OciDevice { Path = "", Type = "" };
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "path" => it with { Path = fields.Text(ref json) },
                "type" => it with { Type = fields.Text(ref json) },
                "major" => it with { Major = fields.Number<long>(ref json) },
                "minor" => it with { Minor = fields.Number<long>(ref json) },
                "fileMode" => it with { FileMode = fields.Number<uint>(ref json) },
                "uid" => it with { Uid = fields.Number<uint>(ref json) },
                "gid" => it with { Gid = fields.Number<uint>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return JsonFields.Require(it, "path", it.Path);
    }

    public static OciPersonality Personality(ref Utf8JsonReader json)
    {
        var it = new OciPersonality("", null);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "domain" => it with { Domain = fields.Text(ref json) },
                "flags" => it with { Flags = fields.List(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciTimeOffset TimeOffset(ref Utf8JsonReader json)
    {
        var it = new OciTimeOffset(0, 0);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "secs" => it with { Secs = fields.Number<long>(ref json) },
                "nanosecs" => it with { Nanosecs = fields.Number<uint>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciResources Resources(ref Utf8JsonReader json)
    {
        var it = new OciResources();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "devices" => it with { Devices = fields.Array(ref json, DeviceRule) },
                "memory" => it with { Memory = Memory(ref json) },
                "cpu" => it with { Cpu = Cpu(ref json) },
                "pids" => it with { Pids = Pids(ref json) },
                "blockIO" => it with { BlockIo = BlockIo(ref json) },
                "hugepageLimits" => it with { HugepageLimits = fields.Array(ref json, HugepageLimit) },
                "unified" => it with { Unified = fields.Texts(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciDeviceRule DeviceRule(ref Utf8JsonReader json)
    {
        var it = new OciDeviceRule();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "allow" => it with { Allow = fields.Flag(ref json) },
                "type" => it with { Type = fields.Text(ref json) },
                "major" => it with { Major = fields.Number<long>(ref json) },
                "minor" => it with { Minor = fields.Number<long>(ref json) },
                "access" => it with { Access = fields.Text(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciMemory Memory(ref Utf8JsonReader json)
    {
        var it = new OciMemory();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "limit" => it with { Limit = fields.Number<long>(ref json) },
                "reservation" => it with { Reservation = fields.Number<long>(ref json) },
                "swap" => it with { Swap = fields.Number<long>(ref json) },
                "swappiness" => it with { Swappiness = fields.Number<ulong>(ref json) },
                "disableOOMKiller" => it with { DisableOOMKiller = fields.Flag(ref json) },
                "useHierarchy" => it with { UseHierarchy = fields.Flag(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciCpu Cpu(ref Utf8JsonReader json)
    {
        var it = new OciCpu();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "shares" => it with { Shares = fields.Number<ulong>(ref json) },
                "quota" => it with { Quota = fields.Number<long>(ref json) },
                "burst" => it with { Burst = fields.Number<ulong>(ref json) },
                "period" => it with { Period = fields.Number<ulong>(ref json) },
                "realtimeRuntime" => it with { RealtimeRuntime = fields.Number<long>(ref json) },
                "realtimePeriod" => it with { RealtimePeriod = fields.Number<ulong>(ref json) },
                "cpus" => it with { Cpus = fields.Text(ref json) },
                "mems" => it with { Mems = fields.Text(ref json) },
                "idle" => it with { Idle = fields.Number<long>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciPids Pids(ref Utf8JsonReader json)
    {
        var it = new OciPids(0);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "limit" => it with { Limit = fields.Number<long>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciBlockIo BlockIo(ref Utf8JsonReader json)
    {
        var it = new OciBlockIo();
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "weight" => it with { Weight = fields.Number<ushort>(ref json) },
                "throttleReadBpsDevice" => it with { ThrottleReadBpsDevice = fields.Array(ref json, Throttle) },
                "throttleWriteBpsDevice" => it with { ThrottleWriteBpsDevice = fields.Array(ref json, Throttle) },
                "throttleReadIOPSDevice" => it with { ThrottleReadIOPSDevice = fields.Array(ref json, Throttle) },
                "throttleWriteIOPSDevice" => it with { ThrottleWriteIOPSDevice = fields.Array(ref json, Throttle) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciThrottle Throttle(ref Utf8JsonReader json)
    {
        var it = new OciThrottle(0, 0, 0);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "major" => it with { Major = fields.Number<long>(ref json) },
                "minor" => it with { Minor = fields.Number<long>(ref json) },
                "rate" => it with { Rate = fields.Number<ulong>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }

    public static OciHugepageLimit HugepageLimit(ref Utf8JsonReader json)
    {
        var it = new OciHugepageLimit("", 0);
        var fields = JsonFields.Begin(ref json);
        while (fields.Next(ref json, out var name))
        {
            it = name switch
            {
                "pageSize" => it with { PageSize = fields.Text(ref json) },
                "limit" => it with { Limit = fields.Number<ulong>(ref json) },
                _ => JsonFields.Skip(ref json, it),
            };
        }

        return it;
    }
}
