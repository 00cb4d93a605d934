using System.Runtime.InteropServices;

namespace Troupe.Linux.Processes;

/// <summary>The ids of the calling process.</summary>
public static partial class Credentials
{
    public static uint EffectiveUser => geteuid();

    public static uint EffectiveGroup => getegid();

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial uint getegid();
}
