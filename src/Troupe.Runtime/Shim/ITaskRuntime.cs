using Troupe.Linux;
using Troupe.Specs.Shim;

namespace Troupe.Runtime.Shim;

/// <summary>
/// What the shim asks of the OCI runtime, in its own process and on its own thread. Failures are <see cref="LinuxException"/> or
/// <see cref="TaskRuntimeException"/>, whose errno and text the client is told.
/// </summary>
internal interface ITaskRuntime
{
    /// <summary>Makes the container up to the point before exec.</summary>
    LaunchedProcess Create();

    /// <summary>Lets the init exec. Fails with the errno of the exec.</summary>
    void Start();

    /// <summary>Starts another process in the container. <paramref name="processJson"/> is the OCI process.</summary>
    LaunchedProcess Exec(ReadOnlyMemory<byte> processJson, bool terminal, bool stdin);

    /// <summary>Signals one process; nothing happens when it has ended.</summary>
    void Signal(LaunchedProcess process, int signal);

    /// <summary>Signals every process of the container's cgroup.</summary>
    void SignalAll(int signal);

    void Resize(FileDescriptor terminal, int rows, int columns);

    /// <summary>True when orphans of the container become children of the shim: it has no pid namespace of its own.</summary>
    bool SharesPidNamespace { get; }

    /// <summary>Counters of the container's cgroup.</summary>
    IEnumerable<KeyValuePair<ShimStat, ulong>> ReadStats();

    /// <summary>Out-of-memory kills in the container's cgroup so far.</summary>
    ulong ReadOomKills();

    /// <summary>
    /// A descriptor that becomes readable when the container runs out of memory, or null. <paramref name="isCertain"/>: every wake-up
    /// is such an event; otherwise the counter decides.
    /// </summary>
    FileDescriptor? WatchOom(out bool isCertain);

    /// <summary>Removes the cgroup and the runtime's state. Harmless when gone.</summary>
    void Delete();
}

/// <summary>A refusal of the runtime, in its words. Errno 0: none; exit code as Docker's: 126, 127 or 128.</summary>
internal sealed class TaskRuntimeException(string message, int errno, int exitCode, Exception? inner) : Exception(message, inner)
{
    public int Errno { get; } = errno;

    public int ExitCode { get; } = exitCode;
}
