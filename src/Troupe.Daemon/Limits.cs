namespace Troupe.Daemon;

/// <summary>Every bound of this project, with unit and reason.</summary>
internal static class Limits
{
    /// <summary>Cold start of the actor system on a slow, busy machine; the usual is about a second.</summary>
    public static readonly TimeSpan TimeoutStart = TimeSpan.FromSeconds(60);

    /// <summary>Leaving the cluster and stopping every actor; then the process ends anyway.</summary>
    public static readonly TimeSpan TimeoutStop = TimeSpan.FromSeconds(20);

    /// <summary>Open requests get this long to end when the process stops.</summary>
    public static readonly TimeSpan TimeoutStopHttp = TimeSpan.FromSeconds(2);

    /// <summary>First and longest pause before an actor system that ended by itself is built again.</summary>
    public static readonly TimeSpan DelayRebuildMin = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan DelayRebuildMax = TimeSpan.FromSeconds(30);

    /// <summary>First and longest pause before the scheduler or the recorder is made again after a failure of its journal.</summary>
    public static readonly TimeSpan DelayRestartMin = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan DelayRestartMax = TimeSpan.FromSeconds(30);

    /// <summary>The scheduler's answer to one question of a creation: a journal row, or a hand-over that is under way.</summary>
    public static readonly TimeSpan TimeoutScheduler = TimeSpan.FromSeconds(10);

    /// <summary>Reading the image's configuration: memory or one file.</summary>
    public static readonly TimeSpan TimeoutResolveImage = TimeSpan.FromSeconds(10);

    /// <summary>The containers' front persists one row; it may have to wait for its catalogue first.</summary>
    public static readonly TimeSpan TimeoutAdmit = TimeSpan.FromSeconds(20);

    /// <summary>Creations under way at once on a node; more is a client in a loop and answered 503.</summary>
    public const int CreationsMax = 1024;

    /// <summary>Pause between two comparisons of placements with the journal, and the least age of a placement that is judged.</summary>
    public static readonly TimeSpan IntervalReconcile = TimeSpan.FromMinutes(5);

    /// <summary>Events of the scheduler or the recorder between two snapshots.</summary>
    public const int EventsPerSnapshot = 1000;

    /// <summary>Answers of one request that wait for a slow client. Progress above it is dropped, answers are not.</summary>
    public const int StreamBufferMax = 256;

    /// <summary>Longest a request without a deadline of its own waits for the actor system at the process's start.</summary>
    public static readonly TimeSpan TimeoutIncarnation = TimeSpan.FromSeconds(30);

    /// <summary>Rows of the journal read at once for an event stream.</summary>
    public const int JournalRowsPerRead = 500;

    /// <summary>How long an event may stay unnoticed when nobody signals its row; the question is one page of SQLite in memory.</summary>
    public static readonly TimeSpan IntervalJournalPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>Life of the cluster's CA and of a node's certificate, which is made anew at a start with less than half of it left.</summary>
    public static readonly TimeSpan LifeAuthority = TimeSpan.FromDays(3650);

    public static readonly TimeSpan LifeNodeCertificate = TimeSpan.FromDays(730);

    /// <summary>Longest container name; the longest that fits into every host name and path made of it.</summary>
    public const int NameLengthMax = 250;

    /// <summary>After this time of readiness what only the start needed is given back to the kernel; first requests are not in its way.</summary>
    public static readonly TimeSpan DelayTrim = TimeSpan.FromSeconds(3);
}
