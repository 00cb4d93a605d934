using System.Buffers.Text;
using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Specs.Shim;

namespace Troupe.Runtime.Shim;

/// <summary>
/// Counters of a container's cgroup, straight from the kernel's files. A file or a line that this kernel does not have is left out:
/// absent is not zero.
/// </summary>
/// <param name="directories">Directory per v1 controller (<c>memory</c>, <c>cpu</c>, <c>cpuacct</c>, <c>pids</c>, <c>blkio</c>), or <see cref="Unified"/> for v2.</param>
internal sealed class CgroupReader(IReadOnlyDictionary<string, string> directories)
{
    public const string Unified = "";
    private const int FileBytesMax = 64 * 1024;
    private const ulong MicrosecondsNs = 1_000;
    private const ulong TicksNs = 10_000_000; // USER_HZ is 100 on every architecture of ours

    public IEnumerable<KeyValuePair<ShimStat, ulong>> Read()
    {
        var stats = new List<KeyValuePair<ShimStat, ulong>>(20);
        if (directories.ContainsKey(Unified)) ReadUnified(stats);
        else ReadV1(stats);
        return stats;
    }

    /// <summary>Out-of-memory kills so far; 0 when the kernel does not say.</summary>
    public ulong OomKills() => directories.ContainsKey(Unified)
        ? Line(Unified, "memory.events", "oom_kill"u8) ?? 0
        : Line("memory", "memory.oom_control", "oom_kill"u8) ?? 0;

    private void ReadUnified(List<KeyValuePair<ShimStat, ulong>> stats)
    {
        Add(stats, ShimStat.CpuUsageNs, Line(Unified, "cpu.stat", "usage_usec"u8) * MicrosecondsNs);
        Add(stats, ShimStat.CpuUserNs, Line(Unified, "cpu.stat", "user_usec"u8) * MicrosecondsNs);
        Add(stats, ShimStat.CpuSystemNs, Line(Unified, "cpu.stat", "system_usec"u8) * MicrosecondsNs);
        Add(stats, ShimStat.CpuPeriods, Line(Unified, "cpu.stat", "nr_periods"u8));
        Add(stats, ShimStat.CpuThrottledPeriods, Line(Unified, "cpu.stat", "nr_throttled"u8));
        Add(stats, ShimStat.CpuThrottledNs, Line(Unified, "cpu.stat", "throttled_usec"u8) * MicrosecondsNs);
        Add(stats, ShimStat.MemoryUsageBytes, Number(Unified, "memory.current"));
        Add(stats, ShimStat.MemoryLimitBytes, Number(Unified, "memory.max"));
        Add(stats, ShimStat.MemoryMaxUsageBytes, Number(Unified, "memory.peak"));
        Add(stats, ShimStat.MemoryInactiveFileBytes, Line(Unified, "memory.stat", "inactive_file"u8));
        Add(stats, ShimStat.MemoryFailures, Line(Unified, "memory.events", "max"u8));
        Add(stats, ShimStat.MemoryOomKills, Line(Unified, "memory.events", "oom_kill"u8));
        Add(stats, ShimStat.PidsCurrent, Number(Unified, "pids.current"));
        Add(stats, ShimStat.PidsLimit, Number(Unified, "pids.max"));
        AddBlock(stats, Text(Unified, "io.stat"), "rbytes="u8, "wbytes="u8, ShimStat.BlockReadBytes, ShimStat.BlockWriteBytes);
        AddBlock(stats, Text(Unified, "io.stat"), "rios="u8, "wios="u8, ShimStat.BlockReadOperations, ShimStat.BlockWriteOperations);
    }

    private void ReadV1(List<KeyValuePair<ShimStat, ulong>> stats)
    {
        Add(stats, ShimStat.CpuUsageNs, Number("cpuacct", "cpuacct.usage"));
        Add(stats, ShimStat.CpuUserNs, Line("cpuacct", "cpuacct.stat", "user"u8) * TicksNs);
        Add(stats, ShimStat.CpuSystemNs, Line("cpuacct", "cpuacct.stat", "system"u8) * TicksNs);
        Add(stats, ShimStat.CpuPeriods, Line("cpu", "cpu.stat", "nr_periods"u8));
        Add(stats, ShimStat.CpuThrottledPeriods, Line("cpu", "cpu.stat", "nr_throttled"u8));
        Add(stats, ShimStat.CpuThrottledNs, Line("cpu", "cpu.stat", "throttled_time"u8));
        Add(stats, ShimStat.MemoryUsageBytes, Number("memory", "memory.usage_in_bytes"));
        Add(stats, ShimStat.MemoryLimitBytes, Number("memory", "memory.limit_in_bytes"));
        Add(stats, ShimStat.MemoryMaxUsageBytes, Number("memory", "memory.max_usage_in_bytes"));
        Add(stats, ShimStat.MemoryInactiveFileBytes, Line("memory", "memory.stat", "total_inactive_file"u8));
        Add(stats, ShimStat.MemoryFailures, Number("memory", "memory.failcnt"));
        Add(stats, ShimStat.MemoryOomKills, Line("memory", "memory.oom_control", "oom_kill"u8));
        Add(stats, ShimStat.PidsCurrent, Number("pids", "pids.current"));
        Add(stats, ShimStat.PidsLimit, Number("pids", "pids.max"));
        var bytes = Text("blkio", "blkio.throttle.io_service_bytes_recursive");
        AddBlock(stats, bytes, " Read "u8, " Write "u8, ShimStat.BlockReadBytes, ShimStat.BlockWriteBytes);
        var operations = Text("blkio", "blkio.throttle.io_serviced_recursive");
        AddBlock(stats, operations, " Read "u8, " Write "u8, ShimStat.BlockReadOperations, ShimStat.BlockWriteOperations);
    }

    private static void Add(List<KeyValuePair<ShimStat, ulong>> stats, ShimStat key, ulong? value)
    {
        if (value is { } known) stats.Add(new KeyValuePair<ShimStat, ulong>(key, known));
    }

    /// <summary>Sums over all devices what follows each mark.</summary>
    private static void AddBlock(
        List<KeyValuePair<ShimStat, ulong>> stats, byte[]? text, ReadOnlySpan<byte> readMark, ReadOnlySpan<byte> writeMark, ShimStat read,
        ShimStat write)
    {
        if (text is null) return;
        Add(stats, read, Sum(text, readMark));
        Add(stats, write, Sum(text, writeMark));
    }

    private static ulong Sum(ReadOnlySpan<byte> text, ReadOnlySpan<byte> mark)
    {
        ulong sum = 0;
        while (text.IndexOf(mark) is var at and >= 0)
        {
            text = text[(at + mark.Length)..];
            if (Utf8Parser.TryParse(text, out ulong value, out _)) sum += value;
        }
        return sum;
    }

    /// <summary>A file with one number; null for <c>max</c>.</summary>
    private ulong? Number(string controller, string file) =>
        Text(controller, file) is { } text && Utf8Parser.TryParse(text, out ulong value, out _) ? value : null;

    /// <summary>The number after a name at the beginning of a line.</summary>
    private ulong? Line(string controller, string file, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> text = Text(controller, file);
        while (text.Length > 0)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (!line.StartsWith(name) || line.Length <= name.Length || line[name.Length] != ' ') continue;
            return Utf8Parser.TryParse(line[(name.Length + 1)..], out ulong value, out _) ? value : null;
        }
        return null;
    }

    private byte[]? Text(string controller, string file)
    {
        if (!directories.TryGetValue(controller, out var directory)) return null;
        try
        {
            return DurableFile.ReadStream(Path.Combine(directory, file), FileBytesMax);
        }
        catch (LinuxException)
        {
            return null;
        }
    }
}
