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
}

/// <summary>What a shim answered, or that it did not. <paramref name="errno"/> is 0 when there is none.</summary>
public sealed class ShimException(string message, int errno, Exception? inner = null) : Exception(message, inner)
{
    public int Errno { get; } = errno;
}
