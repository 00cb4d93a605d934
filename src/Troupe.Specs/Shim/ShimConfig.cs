namespace Troupe.Specs.Shim;

/// <summary>
/// What a shim is told at its start, as <c>shim.json</c> in its run directory (0600, written by trouped before the spawn).
/// Everything else comes over the socket. Extend-only: a newer trouped must start nothing that an older shim can't read.
/// </summary>
/// <param name="Id">Container id.</param>
/// <param name="Bundle">OCI bundle directory: config.json and the empty directory that the root is mounted on.</param>
/// <param name="RunDirectory">Holds shim.json, shim.sock, exit.json; its path plus "/shim.sock" stays under 107 bytes.</param>
/// <param name="RuntimeRoot">State directory of the runtime (runc's --root).</param>
/// <param name="LogPath">The json-file log; empty with driver <c>none</c>.</param>
/// <param name="LogDriver"><c>json-file</c> or <c>none</c>.</param>
/// <param name="LogSizeMaxBytes">Rotation size of one file; 0: never rotated.</param>
/// <param name="LogFilesMax">Files kept, the current one included; at least 1.</param>
/// <param name="Terminal">A pty instead of pipes.</param>
/// <param name="StdinOpen">Keep stdin open; otherwise the process reads /dev/null.</param>
/// <param name="StdinOnce">Close stdin when the first client that attached to it leaves.</param>
/// <param name="RootfsMounts">Mounted in order onto the root, inside the container's own mount namespace.</param>
public sealed record ShimConfig(
    string Id, string Bundle, string RunDirectory, string RuntimeRoot, string LogPath, string LogDriver, long LogSizeMaxBytes,
    int LogFilesMax, bool Terminal, bool StdinOpen, bool StdinOnce, ShimMount[] RootfsMounts);

/// <summary>One mount(2) of the root: type, source, options as in fstab.</summary>
public sealed record ShimMount(string Type, string Source, string[] Options);

/// <summary>
/// How the first process ended, as <c>exit.json</c>: written (temporary file, fsync, rename, directory fsync) before anyone is told.
/// </summary>
/// <param name="ExitCode">0 to 255; 128 + signal when a signal ended it.</param>
/// <param name="Signal">The signal, or 0.</param>
/// <param name="ExitedAtUnixNs">Nanoseconds since 1970 UTC.</param>
public sealed record ShimExitRecord(
    string Id, int Pid, int ExitCode, int Signal, bool OomKilled, long ExitedAtUnixNs, long StdoutBytes, long StderrBytes);
