namespace Troupe.Containers;

/// <summary>Every bound of this project's actors, with unit and reason.</summary>
internal static class Limits
{
    /// <summary>Commands of one container that wait for a start's outcome. More is a client in a loop.</summary>
    public const int CommandsDeferredMax = 64;

    /// <summary>Clients that wait for one container's exit or removal. Each is a watch and a list entry.</summary>
    public const int WaitersMax = 1024;

    /// <summary>Clients whose stop or kill waits for the exit of one container.</summary>
    public const int StoppersMax = 256;

    /// <summary>Signals and resizes of one container that its shim has not answered yet.</summary>
    public const int SignalsInFlightMax = 64;

    /// <summary>Commands kept for one container that is still recovering.</summary>
    public const int CommandsRecoveringMax = 64;

    /// <summary>Commands kept in all for containers that are still recovering, or before the catalogue was read.</summary>
    public const int CommandsRecoveringTotalMax = 4096;

    /// <summary>First and longest pause before a failed actor is made again, or the journal is asked again.</summary>
    public static readonly TimeSpan DelayRestartMin = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan DelayRestartMax = TimeSpan.FromSeconds(30);

    /// <summary>After SIGKILL the kernel ends a process at once unless it hangs in the kernel; dockerd waits as long.</summary>
    public static readonly TimeSpan TimeoutKilled = TimeSpan.FromSeconds(10);

    /// <summary>The image's configuration comes from memory or one file.</summary>
    public static readonly TimeSpan TimeoutResolveImage = TimeSpan.FromSeconds(10);

    /// <summary>A name that can't be given back in time is given back by the node's reconciliation with the scheduler.</summary>
    public static readonly TimeSpan TimeoutReleasePlacement = TimeSpan.FromSeconds(3);

    /// <summary>Writable layer: a few directories, on a disk that may be slow.</summary>
    public static readonly TimeSpan TimeoutPrepare = TimeSpan.FromSeconds(30);

    /// <summary>Files of the bundle, on a disk that may be slow.</summary>
    public static readonly TimeSpan TimeoutBundle = TimeSpan.FromSeconds(30);

    /// <summary>Shim start and container creation: milliseconds on a healthy machine.</summary>
    public static readonly TimeSpan TimeoutCreate = TimeSpan.FromSeconds(30);

    /// <summary>Netlink calls and one journal row.</summary>
    public static readonly TimeSpan TimeoutConnect = TimeSpan.FromSeconds(20);

    /// <summary>Attach clients connected and exec done.</summary>
    public static readonly TimeSpan TimeoutStart = TimeSpan.FromSeconds(30);

    /// <summary>Attach clients that came before the start; one that can't be connected by then goes without.</summary>
    public static readonly TimeSpan TimeoutAttach = TimeSpan.FromSeconds(5);

    /// <summary>One signal, resize or question to a shim.</summary>
    public static readonly TimeSpan TimeoutShimCall = TimeSpan.FromSeconds(10);

    /// <summary>Finding a shim again after a restart.</summary>
    public static readonly TimeSpan TimeoutAdopt = TimeSpan.FromSeconds(15);

    /// <summary>Ending the processes of a run and removing its cgroup, state and directory.</summary>
    public static readonly TimeSpan TimeoutDestroy = TimeSpan.FromSeconds(60);

    /// <summary>Removal of writable layer and container directory; a large layer takes a while.</summary>
    public static readonly TimeSpan TimeoutRemoveFiles = TimeSpan.FromMinutes(5);

    /// <summary>Answer of the networks' actor to a release.</summary>
    public static readonly TimeSpan TimeoutReleaseEndpoint = TimeSpan.FromSeconds(20);

    /// <summary>Bytes of /etc/passwd or /etc/group of an image that are read; larger ones are refused, they are never that large.</summary>
    public const int AccountFileBytesMax = 4 * 1024 * 1024;

    /// <summary>Bytes of the host's resolv.conf and hosts files that are read.</summary>
    public const int HostFileBytesMax = 256 * 1024;
}
