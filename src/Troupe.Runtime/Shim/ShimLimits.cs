using Troupe.Specs.Shim;

namespace Troupe.Runtime.Shim;

/// <summary>Every bound of the shim, with its unit and reason. One shim serves one container; there may be a thousand on a node.</summary>
internal static class ShimLimits
{
    /// <summary>Bytes of recent output kept per stream: the capacity of a pipe, so one full pipe is one read. Pages come when touched.</summary>
    public const int RingBytes = 64 * 1024;

    /// <summary>Bytes encoded before a write to the log. Holds the worst record (16 KiB, all escaped) with room for many small ones.</summary>
    public const int LogBufferBytes = 256 * 1024;

    /// <summary>Reads of one stream before the others get their turn.</summary>
    public const int ReadsPerTurn = 4;

    /// <summary>
    /// How long the container's output may be held for a client that is a whole ring behind. A client that has not taken half a ring
    /// by then loses bytes and is told so. trouped drains at once, so only a stopped trouped gets there.
    /// </summary>
    public const int HoldMs = 500;

    /// <summary>Output of a process that has ended is read for so long after its last byte: a grandchild may keep the pipe open for ever.</summary>
    public const int DrainIdleMs = 1_000;

    /// <summary>And never longer than this, though a grandchild goes on writing.</summary>
    public const int DrainMs = 10_000;

    /// <summary>Output of an exec is held so long for its first client, when the exec asked for it.</summary>
    public const int ExecHoldMs = 5_000;

    /// <summary>Connections that wait to be accepted.</summary>
    public const int Backlog = 512;

    /// <summary>Connections at once. trouped has one for control and one per attached client.</summary>
    public const int ClientsMax = 512;

    /// <summary>Control bytes waiting for one client. A client that asks without reading its answers is cut off.</summary>
    public const int ClientPendingBytesMax = 256 * 1024;

    /// <summary>Time for a new connection to say Hello.</summary>
    public const int HelloMs = 10_000;

    /// <summary>Running execs and ended ones that are remembered, each.</summary>
    public const int ExecsMax = 256;
    public const int ExecsEndedMax = 64;

    /// <summary>The JSON of an exec's process.</summary>
    public const int ExecFileBytesMax = 1024 * 1024;

    /// <summary>With the exit on disk and nobody connected, the shim cleans up and ends after this time.</summary>
    public const int IdleEndMs = 10_000;

    /// <summary>After Delete: attached clients may read the rest for so long.</summary>
    public const int LingerMs = 10_000;

    /// <summary>So long after the start the memory that starting took is given back.</summary>
    public const int SettleMs = 1_000;

    /// <summary>Orphans are collected at least this often when the container shares a pid namespace (else its init does it).</summary>
    public const int ReapMs = 10_000;
}
