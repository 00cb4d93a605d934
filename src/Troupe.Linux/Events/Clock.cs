namespace Troupe.Linux.Events;

/// <summary>The kernel's clocks, without allocation and with their full resolution.</summary>
public static unsafe class Clock
{
    /// <summary>Nanoseconds since 1970 UTC.</summary>
    public static long RealtimeNs() => Read(LibcEvents.CLOCK_REALTIME);

    /// <summary>Nanoseconds since some fixed instant; never goes back.</summary>
    public static long MonotonicNs() => Read(LibcEvents.CLOCK_MONOTONIC);

    private static long Read(int clock)
    {
        LibcEvents.Timespec time;
        // SAFETY: both clocks exist on every Linux, and time is a struct timespec.
        _ = LibcEvents.clock_gettime(clock, &time);
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }
}
