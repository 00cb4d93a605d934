using System.Globalization;

namespace Troupe.Linux.Processes;

/// <summary>The memory of this process outside the managed heap.</summary>
public static class ProcessMemory
{
    /// <summary>
    /// Gives back to the kernel what is free or can be had again: free memory of the C library's heap, in which the just-in-time compiler
    /// works (malloc_trim(3)), and resident pages of read-only shared file mappings, which come back from the page cache when they are
    /// touched (madvise(2), MADV_DONTNEED; such a mapping has no pages of its own, so nothing can be lost). Takes some milliseconds;
    /// repeating it is harmless. Without glibc or /proc it does less.
    /// </summary>
    public static void GiveBack()
    {
        try
        {
            _ = Libc.MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl keeps nothing back.
        }

        foreach (var (start, length) in SharedReadOnly()) _ = Libc.MAdvise(start, length, Libc.MAdvDontNeed);
    }

    /// <summary>Lines of proc_pid_maps(5): <c>start-end r--s offset device inode path</c>.</summary>
    private static List<(nint Start, nuint Length)> SharedReadOnly()
    {
        var found = new List<(nint, nuint)>();
        if (!File.Exists("/proc/self/maps")) return found;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 6 || words[1] != "r--s" || words[5][0] != '/') continue;
            var ends = words[0].Split('-');
            var start = nint.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var end = nint.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            found.Add((start, (nuint)(end - start)));
        }

        return found;
    }
}
