namespace Troupe.Networks;

/// <summary>Bounds of this project, each with its unit and reason.</summary>
internal static class Limits
{
    /// <summary>Commands that wait while a network prepares its bridge; beyond, a clear refusal is better than a longer queue.</summary>
    public const int WaitingCommandsMax = 1024;

    /// <summary>Kernel requests under way per network: at under 2 ms each, more could not be answered before their deadline.</summary>
    public const int PendingRequestsMax = 2048;

    /// <summary>A kernel request takes milliseconds; past this the caller is told that the outcome is unknown.</summary>
    public static readonly TimeSpan KernelDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Bridge, table and addresses together take milliseconds; past this the commands that wait are refused.</summary>
    public static readonly TimeSpan PrepareDeadline = TimeSpan.FromSeconds(15);

    /// <summary>Between tries to prepare a network: doubled from the first to the second.</summary>
    public static readonly TimeSpan PrepareRetryMin = TimeSpan.FromMilliseconds(200);

    public static readonly TimeSpan PrepareRetryMax = TimeSpan.FromSeconds(30);

    /// <summary>Between looks whether another daemon has chosen its subnet: that takes it a few milliseconds.</summary>
    public static readonly TimeSpan PoolBusyRetry = TimeSpan.FromMilliseconds(50);

    /// <summary>Between restarts of a network's actor after a journal fault: doubled from the first to the second.</summary>
    public static readonly TimeSpan RestartBackoffMin = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan RestartBackoffMax = TimeSpan.FromSeconds(30);

    /// <summary>A veth goes with its namespace in the background within about a second; what is left after this has leaked.</summary>
    public static readonly TimeSpan SweepDelay = TimeSpan.FromSeconds(10);

    /// <summary>Events between snapshots of a network: 500 replay in a few tens of milliseconds.</summary>
    public const int SnapshotEveryEvents = 500;

    /// <summary>Restarts of a network's worker in a minute before its network is restarted as a whole.</summary>
    public const int WorkerRestartsMax = 10;

    /// <summary>Docker's bridges never exceed Ethernet's, in bytes.</summary>
    public const int MtuDefaultMax = 1500;

    /// <summary>The least IPv4 allows on a link, and the most a link takes, in bytes.</summary>
    public const int MtuMin = 68;

    public const int MtuMax = 65535;

    /// <summary>resolv.conf is a few lines; anything larger is not one. Bytes.</summary>
    public const int ResolvConfBytesMax = 64 * 1024;

    /// <summary>Name servers taken from the host: the C library asks three.</summary>
    public const int DnsServersMax = 3;

    /// <summary>Search domains taken from the host, as glibc up to 2.26 did.</summary>
    public const int DnsSearchMax = 6;
}
