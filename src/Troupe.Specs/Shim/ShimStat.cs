namespace Troupe.Specs.Shim;

/// <summary>Keys of a shim's counters. Numbers are on the wire: append only. An unknown key is skipped by its reader.</summary>
public enum ShimStat : ushort
{
    /// <summary>Nanoseconds of CPU time, all CPUs.</summary>
    CpuUsageNs = 1,
    CpuUserNs = 2,
    CpuSystemNs = 3,
    CpuPeriods = 4,
    CpuThrottledPeriods = 5,
    CpuThrottledNs = 6,
    MemoryUsageBytes = 10,
    MemoryLimitBytes = 11,
    MemoryMaxUsageBytes = 12,
    MemoryInactiveFileBytes = 13,
    MemoryFailures = 14,
    MemoryOomKills = 15,
    PidsCurrent = 20,
    PidsLimit = 21,
    BlockReadBytes = 30,
    BlockWriteBytes = 31,
    BlockReadOperations = 32,
    BlockWriteOperations = 33,
}
