namespace Troupe.Linux.Netlink;

internal static class NetlinkLimits
{
    /// <summary>Bytes of one batch of requests: the largest we build (a veth pair with all its attributes) is under 400.</summary>
    public const int RequestBytes = 4096;

    /// <summary>Bytes of one answer: the kernel fills a dump's datagrams up to 32 KiB at most.</summary>
    public const int ReceiveBytes = 64 * 1024;

    /// <summary>The kernel answers in microseconds; seconds mean that the host's one rtnl lock is stuck, and waiting longer helps nobody.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Tries of a dump during which the kernel's list changed.</summary>
    public const int DumpTriesMax = 8;

    /// <summary>Stack of the throw-away threads that change their network namespace, in bytes; .NET needs some, we use little.</summary>
    public const int NamespaceThreadStackBytes = 256 * 1024;

    /// <summary>IFNAMSIZ without the NUL.</summary>
    public const int LinkNameLengthMax = 15;
}
