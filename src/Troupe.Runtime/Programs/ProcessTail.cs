using System.Buffers.Binary;
using System.Text;
using Troupe.Linux;
using Troupe.Linux.Programs;
using Troupe.Runtime.Containers;
using Troupe.Runtime.Security;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Programs;

/// <summary>Stages that a child announces; the parent answers none but Go (one byte).</summary>
internal static class Stage
{
    /// <summary>All is set up; the child waits for Go before execve.</summary>
    public const int Ready = 1;

    /// <summary>In a new user namespace: waits for its id maps.</summary>
    public const int NeedsMaps = 2;

    /// <summary>Namespaces are there, the root is not yet changed: createRuntime hooks.</summary>
    public const int Namespaces = 3;
}

/// <summary>How the child is told to go on, and what else is given to it.</summary>
internal sealed record TailOptions(FileDescriptor Report, FileDescriptor? Go, byte[]? SeccompFilter, uint SeccompFlags, int PreserveFds, bool NewKeyring, string KeyringName);

/// <summary>
/// The last part of every process's list, the same for init and exec: session, limits, user, capabilities, seccomp, the wait for the start,
/// execve. Runs inside the container's root; needs /proc for nothing.
/// </summary>
internal sealed class ProcessTail(SyscallProgram program, OciProcess process, TailOptions options)
{
    private static readonly string[] s_rlimits =
        ["RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_MEMLOCK",
         "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME"];

    /// <summary>Before anything else of a child: nobody may look into it while it still runs the runtime's image, and SIGPIPE is a process's own affair.</summary>
    public static void Begin(SyscallProgram program) => program.Call("make undumpable", Syscalls.Prctl, Kernel.PR_SET_DUMPABLE, 0, 0, 0, 0);

    /// <summary>0, 1 and 2 from the given descriptors, or from the terminal.</summary>
    public void Stdio(StdioSet? stdio, Slot? terminal)
    {
        program.Call("setsid", Syscalls.Setsid);
        if (terminal is { } slave)
        {
            for (var i = 0; i < 3; i++) program.Call("terminal as stdio", Syscalls.Dup3, slave, i, 0);
            program.Call("controlling terminal", Syscalls.Ioctl, 0, Kernel.TIOCSCTTY, 0);
            return;
        }

        if (stdio is null) return;
        FileDescriptor?[] given = [stdio.Stdin, stdio.Stdout, stdio.Stderr];
        for (var i = 0; i < given.Length; i++)
        {
            if (given[i] is { } source)
            {
                if (source.Number <= 2) throw new InvalidOperationException("Stdio descriptors must be above 2.");
                program.Call("stdio", Syscalls.Dup3, source.Number, i, 0);
            }
            else
            {
                var none = program.Call("open /dev/null", Syscalls.Openat, Kernel.AT_FDCWD, Text("/dev/null"), Kernel.O_RDWR, 0);
                program.Call("stdio from /dev/null", Syscalls.Dup3, none, i, 0);
            }
        }
    }

    /// <summary>Everything from limits to execve. Must be the last thing added.</summary>
    public void Finish()
    {
        if (options.NewKeyring)
            program.Try("session keyring", Syscalls.Keyctl, [Errno.ENOSYS, Errno.EDQUOT, Errno.EPERM], Kernel.KEYCTL_JOIN_SESSION_KEYRING, Text(options.KeyringName), 0, 0, 0);
        CloseFinished();
        Rlimits();
        Cwd();
        program.Call("umask", Syscalls.Umask, (int)(process.User?.Umask ?? 18));
        if (process.NoNewPrivileges) program.Call("no_new_privs", Syscalls.Prctl, Kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        else LoadSeccomp();
        UserAndCapabilities();
        FindProgram();
        Announce(Stage.Ready);
        if (options.Go is { } go) program.Expect("wait for start", Syscalls.Read, 1, go.Number, program.Memory(1), 1);
        DefaultSignals();
        if (process.NoNewPrivileges) LoadSeccomp();
        program.Call("close on exec", Syscalls.CloseRange, 3 + options.PreserveFds, uint.MaxValue, Kernel.CLOSE_RANGE_CLOEXEC);
        Exec();
    }

    public void Announce(int stage) =>
        program.Expect("announce stage", Syscalls.Write, 8, options.Report.Number, program.Bytes(ChildProcess.StageRecord(stage)), 8);

    /// <summary>The steps before left descriptors open: under a low RLIMIT_NOFILE they would take every number that is allowed from now on.</summary>
    private void CloseFinished()
    {
        const string purpose = "close what is done with";
        var first = 3 + options.PreserveFds;
        foreach (var kept in new[] { options.Report, options.Go }.OfType<FileDescriptor>().Select(d => d.Number).Order())
        {
            if (kept > first) program.Call(purpose, Syscalls.CloseRange, first, kept - 1, 0);
            first = Math.Max(first, kept + 1);
        }

        program.Call(purpose, Syscalls.CloseRange, first, uint.MaxValue, 0);
    }

    private void Rlimits()
    {
        foreach (var limit in process.Rlimits ?? [])
        {
            var resource = Array.IndexOf(s_rlimits, limit.Type);
            if (resource < 0) throw new RuntimeException($"invalid rlimit type: {limit.Type}");
            var value = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(value, limit.Soft);
            BinaryPrimitives.WriteUInt64LittleEndian(value.AsSpan(8), limit.Hard);
            program.Call($"error setting rlimit type {limit.Type}", Syscalls.Prlimit64, 0, resource, program.Bytes(value), 0);
        }
    }

    private void Cwd()
    {
        var cwd = string.IsNullOrEmpty(process.Cwd) ? "/" : process.Cwd;
        program.Call($"chdir to cwd (\"{cwd}\") set in config.json failed", Syscalls.Chdir, Text(cwd));
        // A cwd outside the root shows as "(unreachable)..." or ENOENT: an open directory of the host was smuggled in.
        var buffer = program.Memory(4096);
        program.Call("current working directory is outside of container mount namespace root", Syscalls.Getcwd, buffer, 4096);
        program.Require("current working directory is outside of container mount namespace root", buffer, 0, [0xff], "/"u8);
    }

    private void UserAndCapabilities()
    {
        var capabilities = process.Capabilities;
        var own = Capabilities.OwnPermitted();
        var bounding = Capabilities.Parse(capabilities?.Bounding);
        program.Call("keep capabilities", Syscalls.Prctl, Kernel.PR_SET_KEEPCAPS, 1, 0, 0, 0);
        for (var i = 0; i < Capabilities.Count; i++)
        {
            if ((bounding >> i & 1) == 0) program.Try($"drop {Capabilities.Name(i)}", Syscalls.Prctl, [Errno.EINVAL], Kernel.PR_CAPBSET_DROP, i, 0, 0, 0);
        }

        var user = process.User ?? new OciUser();
        var groups = user.AdditionalGids ?? [];
        var list = new byte[groups.Length * 4];
        for (var i = 0; i < groups.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(list.AsSpan(i * 4), groups[i]);
        program.Try("setgroups", Syscalls.Setgroups, groups.Length == 0 ? [Errno.EPERM] : [], groups.Length, program.Bytes(list));
        program.Call("setgid", Syscalls.Setresgid, user.Gid, user.Gid, user.Gid);
        program.Call("setuid", Syscalls.Setresuid, user.Uid, user.Uid, user.Uid);
        if (capabilities is null) return;

        // A capability that the runtime itself lacks can't be given; runc drops it silently too.
        var permitted = Capabilities.Parse(capabilities.Permitted) & own;
        var inheritable = Capabilities.Parse(capabilities.Inheritable) & own;
        var ambient = Capabilities.Parse(capabilities.Ambient) & permitted & inheritable;
        CapSet(Capabilities.Parse(capabilities.Effective) & permitted, permitted, inheritable);
        program.Try("clear ambient capabilities", Syscalls.Prctl, [Errno.EINVAL], Kernel.PR_CAP_AMBIENT, Kernel.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        for (var i = 0; i < Capabilities.Count; i++)
        {
            if ((ambient >> i & 1) != 0)
                program.Call($"ambient {Capabilities.Name(i)}", Syscalls.Prctl, Kernel.PR_CAP_AMBIENT, Kernel.PR_CAP_AMBIENT_RAISE, i, 0, 0);
        }
    }

    private void CapSet(ulong effective, ulong permitted, ulong inheritable)
    {
        // _LINUX_CAPABILITY_VERSION_3: header (version, pid 0 = self), then low and high halves of (effective, permitted, inheritable).
        var header = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x20080522);
        var data = new byte[24];
        ulong[] sets = [effective, permitted, inheritable];
        for (var i = 0; i < 3; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(i * 4), (uint)sets[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(12 + (i * 4)), (uint)(sets[i] >> 32));
        }

        program.Call("capset", Syscalls.Capset, program.Bytes(header), program.Bytes(data));
    }

    private void LoadSeccomp()
    {
        if (options.SeccompFilter is not { Length: > 0 } filter) return;
        program.Call("seccomp", Syscalls.Seccomp, Kernel.SECCOMP_SET_MODE_FILTER, options.SeccompFlags, program.FilterProgram(filter));
    }

    private void DefaultSignals()
    {
        // .NET ignores SIGPIPE; an ignored signal stays ignored across exec. struct sigaction of the kernel: handler, flags, restorer, mask.
        program.Call("SIGPIPE", Syscalls.RtSigaction, Kernel.SIGPIPE, program.Memory(32), 0, 8);
        program.Call("unblock signals", Syscalls.RtSigprocmask, Kernel.SIG_SETMASK, program.Memory(8), 0, 8);
    }

    /// <summary>The candidates in the order of PATH; one alone when the name has a slash.</summary>
    private List<string> Candidates()
    {
        var name = process.Args![0];
        if (name.Contains('/', StringComparison.Ordinal)) return [name];
        var path = process.Env?.LastOrDefault(e => e.StartsWith("PATH=", StringComparison.Ordinal))?[5..] ?? "";
        return [.. path.Split(':').Select(d => (d.Length == 0 ? "." : d) + "/" + name)];
    }

    /// <summary>
    /// Says early and in words when there is nothing to execute: opens every candidate, the first of PATH last so that it wins, and checks the
    /// survivor. The program itself is executed by path, for a script's interpreter needs the path.
    /// </summary>
    private void FindProgram()
    {
        var candidates = Candidates();
        var found = program.NewSlot();
        for (var i = candidates.Count - 1; i >= 0; i--)
        {
            program.TryInto(found, "look for the program", Syscalls.Openat, [Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES, Errno.ELOOP],
                Kernel.AT_FDCWD, Text(candidates[i]), Kernel.O_PATH | Kernel.O_CLOEXEC, 0);
        }

        var name = process.Args![0];
        var missing = candidates.Count == 1 && name.Contains('/', StringComparison.Ordinal) ? $"exec: \"{name}\": stat {name}" : $"exec: \"{name}\"";
        program.Call(FindPurpose + missing, Syscalls.Faccessat2, found, Text(""), 0, Kernel.AT_EMPTY_PATH);
    }

    /// <summary>Marks the operation whose EBADF means "not found".</summary>
    public const string FindPurpose = "find:";

    public const string ExecPurpose = "exec:";

    private void Exec()
    {
        var arguments = program.TextArray(process.Args!);
        var environment = program.TextArray(process.Env ?? []);
        var candidates = Candidates();
        for (var i = 0; i < candidates.Count; i++)
        {
            ReadOnlySpan<Errno> tolerated = i == candidates.Count - 1 ? [] : [Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES];
            program.Try(ExecPurpose + process.Args![0], Syscalls.Execve, tolerated, Text(candidates[i]), arguments, environment);
        }
    }

    private Argument Text(string text) => program.Text(text);

    internal static void Validate(OciProcess? process)
    {
        if (process is null) throw new RuntimeException("process property must not be empty");
        if (process.Args is not { Length: > 0 } || process.Args[0].Length == 0) throw new RuntimeException("args must not be empty");
        if (process.Cwd is { Length: > 0 } && !process.Cwd.StartsWith('/')) throw new RuntimeException("Cwd must be an absolute path");
        if (Encoding.UTF8.GetByteCount(string.Concat(process.Args)) > 2 * 1024 * 1024) throw new RuntimeException("argument list too long", Errno.E2BIG, 126);
        if (!string.IsNullOrEmpty(process.ApparmorProfile) && process.ApparmorProfile != "unconfined" && !Directory.Exists("/sys/kernel/security/apparmor"))
            throw new RuntimeException("apparmor profile was requested, but AppArmor is not enabled on this machine");
        if (!string.IsNullOrEmpty(process.SelinuxLabel) && !Directory.Exists("/sys/fs/selinux"))
            throw new RuntimeException("selinux label is specified in config, but selinux is disabled or not supported");
    }
}
