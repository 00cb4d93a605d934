namespace Troupe.Linux.Processes;

/// <summary>The C library's heap, in which the just-in-time compiler and native libraries work.</summary>
public static class NativeHeap
{
    /// <summary>
    /// Gives free memory back to the kernel; false: there was none. Takes some milliseconds, in which other threads' native allocations
    /// wait (malloc_trim(3)). Repeating it is harmless. Nothing happens with a C library that has no such call (musl).
    /// </summary>
    public static bool Trim()
    {
        try
        {
            return Libc.MallocTrim(0) == 1;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }
}
