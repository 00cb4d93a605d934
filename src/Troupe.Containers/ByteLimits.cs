namespace Troupe.Containers;

/// <summary>Every bound of the byte plane (shim connections, attach streams, logs), with unit and reason.</summary>
internal static class ByteLimits
{
    /// <summary>A shim answers from memory; only hooks and a slow kernel make Create and Start longer.</summary>
    public static readonly TimeSpan TimeoutCall = TimeSpan.FromSeconds(10);

    /// <summary>Create and Start, exec included: hooks and mounts of the container run in them.</summary>
    public static readonly TimeSpan TimeoutCreate = TimeSpan.FromSeconds(60);

    /// <summary>Spawn of a shim until its first answer: 10 ms on an idle machine.</summary>
    public static readonly TimeSpan TimeoutSpawn = TimeSpan.FromSeconds(20);

    /// <summary>Pause and number of tries when a shim closes a new connection: it is ending, which takes milliseconds.</summary>
    public static readonly TimeSpan DelayConnect = TimeSpan.FromMilliseconds(20);
    public const int ConnectAttemptsMax = 50;

    /// <summary>A killed shim is gone in milliseconds unless the kernel holds it.</summary>
    public static readonly TimeSpan TimeoutKilled = TimeSpan.FromSeconds(5);

    /// <summary>Exec results remembered per connection; the oldest go first.</summary>
    public const int ExecWaitersMax = 1024;

    /// <summary>Bytes of exit.json, shim.json or a shim's error text that are read.</summary>
    public const int ShimFileBytesMax = 4 * 1024 * 1024;

    /// <summary>Characters of a failed shim's stderr that become part of the error.</summary>
    public const int ShimErrorCharsMax = 2048;

    /// <summary>Bytes of one client's backlog kept in memory: covers any client that is merely jerky.</summary>
    public const int SpoolMemoryBytes = 1024 * 1024;

    /// <summary>Bytes of one client's backlog kept in an unlinked file. A client further behind is cut off with an error.</summary>
    public const long SpoolFileBytesMax = 256L * 1024 * 1024;

    /// <summary>Clients that wait for one container's start.</summary>
    public const int PendingClientsMax = 256;

    /// <summary>Bytes of a log file read at once.</summary>
    public const int LogReadBytes = 256 * 1024;

    /// <summary>Bytes of one log line that are looked at: a record of 16 KiB, every byte escaped, and its frame. Longer is no record of ours.</summary>
    public const int LogLineBytesMax = 128 * 1024;

    /// <summary>Followers look for new log bytes this often: at first, and after a while of silence.</summary>
    public static readonly TimeSpan LogPollMin = TimeSpan.FromMilliseconds(20);

    public static readonly TimeSpan LogPollMax = TimeSpan.FromMilliseconds(200);

    /// <summary>Rotated files looked for beside the current one.</summary>
    public const int LogFilesMax = 1000;
}
