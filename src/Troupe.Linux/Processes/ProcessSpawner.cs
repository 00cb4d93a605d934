using System.Runtime.InteropServices;
using System.Text;

namespace Troupe.Linux.Processes;

/// <summary>A program to start. The environment is exactly <paramref name="Environment"/>; nothing is inherited but the mapped descriptors.</summary>
/// <param name="Program">Absolute path, also /proc/self/fd/N.</param>
/// <param name="Arguments">argv, the program's name included.</param>
/// <param name="Descriptors">The child's number for each descriptor; 0, 1 and 2 become /dev/null when not named.</param>
/// <param name="NewSession">The child leads a session of its own.</param>
public sealed record SpawnRequest(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment,
    IReadOnlyList<(int Child, FileDescriptor Source)> Descriptors, bool NewSession);

/// <summary>A started child: wait for it by its pidfd.</summary>
public sealed record SpawnedProcess(int Pid, FileDescriptor PidFd);

/// <summary>
/// posix_spawn(3): the child shares the parent's memory until execve, so that the cost does not grow with the parent's heap (glibc uses
/// CLONE_VM | CLONE_VFORK). Safe on any thread. All signals are unblocked and at their defaults in the child.
/// </summary>
public static unsafe class ProcessSpawner
{
    // glibc's opaque structs are 80 and 336 bytes on 64-bit Linux; a test compiles sizeof to check that these hold.
    internal const int FileActionsSize = 128;
    internal const int AttributesSize = 512;
    private const short PosixSpawnSetSigmask = 0x08;
    private const short PosixSpawnSetSigdef = 0x04;
    private const short PosixSpawnSetSid = 0x80;

    /// <summary>Starts the program. Fails with <see cref="LinuxException"/> when it can't be executed; nothing is left then.</summary>
    public static SpawnedProcess Start(SpawnRequest request)
    {
        var actions = stackalloc byte[FileActionsSize];
        var attributes = stackalloc byte[AttributesSize];
        using var arena = new NativeArena();
        // SAFETY: both structs are larger than glibc's and initialised by it before use; arena memory lives until the call has returned.
        Check(LibcSpawn.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
        Check(LibcSpawn.posix_spawnattr_init(attributes), "posix_spawnattr_init");
        try
        {
            MapDescriptors(actions, arena, request.Descriptors);
            SetSignals(attributes, request.NewSession);
            int pid;
            var error = LibcSpawn.posix_spawn(
                &pid, arena.Text(request.Program), actions, attributes, arena.TextArray(request.Arguments), arena.TextArray(request.Environment));
            if (error != 0) throw new LinuxException(new Errno(error), "posix_spawn", request.Program);
            return new SpawnedProcess(pid, PidFds.Open(pid));
        }
        finally
        {
            _ = LibcSpawn.posix_spawn_file_actions_destroy(actions);
            _ = LibcSpawn.posix_spawnattr_destroy(attributes);
            foreach (var (_, source) in request.Descriptors) GC.KeepAlive(source);
        }
    }

    private static void MapDescriptors(byte* actions, NativeArena arena, IReadOnlyList<(int Child, FileDescriptor Source)> descriptors)
    {
        for (var number = 0; number <= 2; number++)
        {
            if (descriptors.Any(d => d.Child == number)) continue;
            Check(LibcSpawn.posix_spawn_file_actions_addopen(actions, number, arena.Text("/dev/null"), 2, 0), "posix_spawn_file_actions_addopen");
        }

        // dup2 onto itself clears close-on-exec in glibc's implementation, so that equal numbers work too. A target that is another
        // entry's source would be overwritten before its use: callers number their targets above or equal to their sources.
        foreach (var (child, source) in descriptors)
        {
            Check(LibcSpawn.posix_spawn_file_actions_adddup2(actions, source.Number, child), "posix_spawn_file_actions_adddup2");
        }
    }

    private static void SetSignals(byte* attributes, bool newSession)
    {
        var none = stackalloc byte[128];
        var all = stackalloc byte[128];
        new Span<byte>(none, 128).Clear();
        new Span<byte>(all, 128).Fill(0xff);
        Check(LibcSpawn.posix_spawnattr_setsigmask(attributes, none), "posix_spawnattr_setsigmask");
        Check(LibcSpawn.posix_spawnattr_setsigdefault(attributes, all), "posix_spawnattr_setsigdefault");
        var flags = (short)(PosixSpawnSetSigmask | PosixSpawnSetSigdef | (newSession ? PosixSpawnSetSid : 0));
        Check(LibcSpawn.posix_spawnattr_setflags(attributes, flags), "posix_spawnattr_setflags");
    }

    private static void Check(int error, string call)
    {
        if (error != 0) throw new LinuxException(new Errno(error), call, "");
    }
}

internal static unsafe partial class LibcSpawn
{
    [LibraryImport("libc")]
    public static partial int posix_spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** argv, byte** envp);

    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_adddup2(byte* actions, int fd, int newfd);

    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_addopen(byte* actions, int fd, byte* path, int flags, uint mode);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setsigmask(byte* attributes, byte* set);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* set);
}
