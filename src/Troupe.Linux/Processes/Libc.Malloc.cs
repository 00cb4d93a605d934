using System.Runtime.InteropServices;

namespace Troupe.Linux.Processes;

/// <summary>malloc.h</summary>
internal static partial class Libc
{
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    public static partial int MallocTrim(nuint pad);
}
