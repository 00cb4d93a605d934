using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Security;

/// <summary>A specification's seccomp filter, compiled or from the cache beside the runtime's state.</summary>
internal static class SeccompFilters
{
    /// <summary>Null when the specification has none.</summary>
    public static byte[]? For(OciSpec spec, string root) =>
        spec.Linux?.Seccomp is { } seccomp ? SeccompCompiler.Compile(seccomp, root + "/.seccomp") : null;

    public static uint Flags(OciSpec spec) => spec.Linux?.Seccomp is { } seccomp ? (uint)SeccompCompiler.Flags(seccomp) : 0;
}
