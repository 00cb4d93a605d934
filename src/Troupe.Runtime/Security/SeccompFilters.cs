using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Security;

/// <summary>A specification's seccomp filter, compiled or from the cache beside the runtime's state.</summary>
internal static class SeccompFilters
{
    private const uint FlagTsync = 1;
    private const uint FlagLog = 2;
    private const uint FlagSpecAllow = 4;

    /// <summary>Null when the specification has none.</summary>
    public static byte[]? For(OciSpec spec, string root) =>
        spec.Linux?.Seccomp is { } seccomp ? SeccompCompiler.Compile(seccomp, root + "/.seccomp") : null;

    /// <summary>linux.seccomp.flags; SPEC_ALLOW by default, as runc has it (the mitigation costs too much for what it gives).</summary>
    public static uint Flags(OciSpec spec)
    {
        var result = FlagSpecAllow;
        foreach (var flag in spec.Linux?.Seccomp?.Flags ?? [])
        {
            result |= flag switch
            {
                "SECCOMP_FILTER_FLAG_TSYNC" => FlagTsync,
                "SECCOMP_FILTER_FLAG_LOG" => FlagLog,
                "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => FlagSpecAllow,
                _ => throw new Containers.RuntimeException($"unknown seccomp flag \"{flag}\""),
            };
        }

        return result;
    }
}
