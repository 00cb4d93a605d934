using System.Runtime.InteropServices;

namespace Troupe.Linux.Processes;

/// <summary>malloc.h, sys/mman.h</summary>
internal static partial class Libc
{
    /// <summary>MADV_DONTNEED of asm-generic.</summary>
    public const int MAdvDontNeed = 4;

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    public static partial int MallocTrim(nuint pad);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int MAdvise(nint address, nuint length, int advice);
}
