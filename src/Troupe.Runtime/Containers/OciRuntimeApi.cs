using Troupe.Linux;
using Troupe.Specs.Runtime;
using Troupe.Specs.Shim;

namespace Troupe.Runtime.Containers;

/// <summary>
/// Descriptors that become 0, 1 and 2 of a process. With a terminal all three are null and the pty is made inside the container.
/// The caller keeps ownership and may close them when the call has returned.
/// </summary>
public sealed record StdioSet(FileDescriptor? Stdin, FileDescriptor? Stdout, FileDescriptor? Stderr);

/// <summary>A bundle's configuration, read and as it stands in the file.</summary>
public sealed record BundleConfig(OciSpec Spec, ReadOnlyMemory<byte> Json);

/// <summary>What a container is made from. Paths are absolute.</summary>
/// <param name="ConfigJson">The configuration as it stands in the bundle; kept for later processes of the container.</param>
/// <param name="Root">State directory of the runtime (runc's --root).</param>
/// <param name="RootfsMounts">Mounted in order onto the root inside the container's mount namespace; empty: the root directory is used as it is.</param>
/// <param name="Stdio">Null: the caller's own 0, 1 and 2.</param>
/// <param name="PreserveFds">Descriptors 3 to 2+N stay open in the container.</param>
/// <param name="StartByFifo">The start comes from another process (the create verb): a FIFO in the state directory instead of a pipe.</param>
public sealed record CreateRequest(
    string Id, string Bundle, string Root, OciSpec Spec, ReadOnlyMemory<byte> ConfigJson, IReadOnlyList<ShimMount> RootfsMounts, StdioSet? Stdio, int PreserveFds,
    bool NoPivot, bool NoNewKeyring, bool StartByFifo);

/// <summary>A further process of a container.</summary>
public sealed record ExecRequest(string Id, string Root, OciProcess Process, StdioSet? Stdio, int PreserveFds);

/// <summary>
/// A process that was made. Its parent is the calling process, which waits for it by <see cref="PidFd"/> or waitpid. Terminal is the pty's
/// master when the process has one; the caller owns it.
/// </summary>
public sealed class StartedProcess(int pid, ulong startTime, FileDescriptor pidFd, FileDescriptor? terminal) : IDisposable
{
    public int Pid { get; } = pid;

    /// <summary>Field 22 of /proc/PID/stat: clock ticks since boot.</summary>
    public ulong StartTime { get; } = startTime;

    public FileDescriptor PidFd { get; } = pidFd;

    public FileDescriptor? Terminal { get; } = terminal;

    public void Dispose()
    {
        PidFd.Dispose();
        Terminal?.Dispose();
    }
}

/// <summary>A created container whose init waits for its start.</summary>
public interface ICreatedContainer : IDisposable
{
    StartedProcess Init { get; }

    /// <summary>
    /// Lets the init go on to execve and waits for the outcome of that. Fails with <see cref="RuntimeException"/>, whose ExitCode is 127
    /// (not found) or 126 (not executable); the init has ended then.
    /// </summary>
    void Start();
}

/// <summary>A failure with runc's wording. <paramref name="exitCode"/> is what Docker makes of it: 126, 127, or 128 for the rest.</summary>
public sealed class RuntimeException(string message, Errno errno, int exitCode, Exception? inner = null) : Exception(message, inner)
{
    public RuntimeException(string message) : this(message, default, 128)
    {
    }

    public Errno Errno { get; } = errno;

    public int ExitCode { get; } = exitCode;
}
