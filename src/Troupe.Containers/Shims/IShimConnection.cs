using Troupe.Specs;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Shims;

/// <summary>Starts shims and finds living ones again. One per node; implemented over Troupe.Linux.</summary>
public interface IShimLauncher
{
    /// <summary>
    /// Writes shim.json, starts the shim in its own session and cgroup, waits until its socket answers and connects. Fails with
    /// <see cref="ShimException"/>; nothing is left then.
    /// </summary>
    Task<IShimConnection> StartAsync(ShimConfig config, CancellationToken cancel);

    /// <summary>Connects to a shim that a former trouped started; null when there is none alive in the run directory.</summary>
    Task<IShimConnection?> ConnectAsync(string runDirectory, CancellationToken cancel);

    /// <summary>The durable exit record of a run, or null. Works with the shim gone.</summary>
    ShimExitRecord? ReadExit(string runDirectory);

    /// <summary>
    /// Takes away whatever is left of a run, whether the shim is alive, stuck, killed or long gone: ends the container's processes
    /// (by its cgroup) and the shim (by the pid and start time that it recorded), removes the runtime's state, the cgroup and the run
    /// directory. Idempotent; nothing there is success. Also called after <see cref="IShimConnection.DeleteAsync"/>, then only for the
    /// run directory. Fails with <see cref="ShimException"/> when something can't be removed.
    /// </summary>
    Task CleanAsync(string id, string runDirectory, CancellationToken cancel);
}

public enum ShimTaskStatus
{
    /// <summary>The shim is there, the container is not made yet.</summary>
    Empty = 0,
    Created = 1,
    Running = 2,
    Exited = 3,
}

public sealed record ShimState(ShimTaskStatus Status, int Pid, ulong PidStartTime, ShimExitRecord? Exit, long StdoutBytes, long StderrBytes);

/// <summary>
/// The control connection to one shim (protocol v1). Every call has the connection's deadline (Limits) and fails with
/// <see cref="ShimException"/>. Safe for concurrent calls: requests carry ids.
/// </summary>
public interface IShimConnection : IAsyncDisposable
{
    string RunDirectory { get; }

    /// <summary>Completes with the exit of the container's first process, also when that was before the connection; faults when the shim vanishes.</summary>
    Task<ShimExitRecord> Exited { get; }

    Task<ShimState> GetStateAsync(CancellationToken cancel);

    /// <summary>Makes the container (namespaces, cgroups, root) up to the point before exec. Returns the init's pid and start time.</summary>
    Task<ShimState> CreateAsync(CancellationToken cancel);

    /// <summary>Lets the created init go on to exec. A command that is missing or not executable fails here with its errno (ENOENT 127, EACCES 126).</summary>
    Task StartAsync(CancellationToken cancel);

    /// <summary>Signals the first process; with <paramref name="all"/> every process of the container.</summary>
    Task KillAsync(int signal, bool all, CancellationToken cancel);

    Task ResizeAsync(string execId, int rows, int columns, CancellationToken cancel);

    /// <summary>Removes what the runtime made (cgroup, state directory) and ends the shim. The exit must have been collected.</summary>
    Task DeleteAsync(CancellationToken cancel);

    /// <summary>Opens a stream connection to the first process (empty exec id) or an exec.</summary>
    Task<IAttachedStream> AttachAsync(string execId, AttachOptions options, CancellationToken cancel);

    /// <summary>
    /// Makes and starts another process in the running container, with stdio or a pty of its own. Fails with the errno of the exec (ENOENT, EACCES).
    /// </summary>
    Task<ShimExecState> ExecAsync(ShimExec exec, CancellationToken cancel);

    /// <summary>State of an exec; null when the shim knows none of that id (it keeps a bounded number of ended ones).</summary>
    Task<ShimExecState?> GetExecStateAsync(string execId, CancellationToken cancel);

    /// <summary>Completes when the exec has ended and its output was read; at once when it already has. No deadline but the token.</summary>
    Task<ShimExecState> WaitExecAsync(string execId, CancellationToken cancel);

    Task KillExecAsync(string execId, int signal, CancellationToken cancel);

    /// <summary>Closes the process's stdin, whatever StdinOnce says. Empty exec id: the first process. Harmless when closed.</summary>
    Task CloseStdinAsync(string execId, CancellationToken cancel);

    /// <summary>Counters straight from the cgroup's files; what the kernel does not offer is missing.</summary>
    Task<IReadOnlyDictionary<ShimStat, ulong>> GetStatsAsync(CancellationToken cancel);

    /// <summary>Ends a shim that has no running container, keeping what is on disk.</summary>
    Task ShutdownAsync(CancellationToken cancel);

    /// <summary>Raised once per out-of-memory kill in the container's cgroup, on a pool thread.</summary>
    event Action? OutOfMemory;
}

/// <summary>What to run beside the first process.</summary>
/// <param name="ExecId">1 to 64 characters of <c>[A-Za-z0-9_-]</c>, unique in the container's run.</param>
/// <param name="ProcessJson">The OCI <c>process</c> object as JSON (UTF-8), at most 1 MiB.</param>
/// <param name="HoldOutput">Output is not read from the process until the first client is attached (or a deadline), so that it misses nothing.</param>
public sealed record ShimExec(string ExecId, ReadOnlyMemory<byte> ProcessJson, bool Terminal, bool StdinOpen, bool HoldOutput);

/// <summary><paramref name="ExitCode"/> counts only when not <paramref name="Running"/>: 0 to 255, 128 + signal.</summary>
public sealed record ShimExecState(string ExecId, int Pid, bool Running, int ExitCode);

/// <summary>What a shim answered, or that it did not. <paramref name="errno"/> is 0 when there is none.</summary>
public sealed class ShimException(string message, int errno, Exception? inner = null) : Exception(message, inner)
{
    public int Errno { get; } = errno;

    /// <summary>Docker's exit code of a create, start or exec that failed: 126, 127 or 128; 0 when the shim did not say.</summary>
    public int ExitCode { get; init; }
}
