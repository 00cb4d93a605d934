using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Troupe.Linux.Bpf;
using Troupe.Linux.Processes;
using Troupe.Linux.Programs;
using Troupe.Linux.Seccomp;

namespace Troupe.Linux.Tests.Programs;

/// <summary>Numbers and layouts that are written down in C# against the C headers of this machine.</summary>
public sealed partial class KernelInterfaceTests
{
    private const string Headers = """
        #include <errno.h>
        #include <fcntl.h>
        #include <net/if.h>
        #include <sched.h>
        #include <signal.h>
        #include <spawn.h>
        #include <sys/ioctl.h>
        #include <sys/prctl.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/vfs.h>
        #include <sys/wait.h>
        #include <termios.h>
        #include <unistd.h>
        #include <linux/bpf.h>
        #include <linux/filter.h>
        #include <linux/audit.h>
        #include <linux/capability.h>
        #include <linux/keyctl.h>
        #include <linux/magic.h>
        #include <linux/mount.h>
        #include <linux/openat2.h>
        #include <linux/seccomp.h>
        #include <linux/sockios.h>
        #include <linux/close_range.h>
        #ifndef CLONE_NEWTIME
        #define CLONE_NEWTIME 0x80
        #endif
        #ifndef CLONE_INTO_CGROUP
        #define CLONE_INTO_CGROUP 0x200000000ULL
        #endif
        """;

    [Fact]
    public void Constants_when_compared_with_the_headers_then_are_the_same()
    {
        // fsconfig's limit is no macro; MNT_DETACH is in a header that does not go together with linux/mount.h.
        string[] elsewhere = [nameof(Kernel.FSCONFIG_STRING_MAX), nameof(Kernel.MNT_DETACH)];
        var expected = typeof(Kernel).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => !elsewhere.Contains(f.Name))
            .Select(f => (f.Name, Convert.ToInt64(f.GetValue(null), CultureInfo.InvariantCulture))).ToList();
        Assert.True(expected.Count > 60, "the constants were not found");
        CHeaders.Check(Headers, expected);
        CHeaders.Check("#include <sys/mount.h>", [("MNT_DETACH", Kernel.MNT_DETACH)]);
    }

    [Fact]
    public void System_call_numbers_when_compared_with_the_headers_then_are_the_same()
    {
        var expected = typeof(Syscalls).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(f => ("__NR_" + Capital().Replace(f.Name, "_$0").TrimStart('_').ToLowerInvariant(), (long)(int)f.GetValue(null)!)).ToList();
        Assert.True(expected.Count > 40, "the numbers were not found");
        CHeaders.Check(Headers, expected);
    }

    [Fact]
    public void Errnos_when_compared_with_the_headers_then_are_the_same()
    {
        var expected = typeof(Errno).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.FieldType == typeof(Errno)).Select(f => (f.Name, (Errno)f.GetValue(null)!)).ToList();
        Assert.True(expected.Count > 30, "the errnos were not found");
        CHeaders.Check(Headers, [.. expected.Select(e => (e.Name, (long)e.Item2.Value))]);
        Assert.All(expected, e => Assert.Equal(e.Name, e.Item2.Name));
    }

    [Fact]
    public void Clone_flags_when_compared_with_the_headers_then_are_the_same()
    {
        CHeaders.Check(Headers,
        [
            ("CLONE_NEWTIME", (long)ChildProcess.CloneNewTime), ("CLONE_NEWNS", (long)ChildProcess.CloneNewNs),
            ("CLONE_NEWCGROUP", (long)ChildProcess.CloneNewCgroup), ("CLONE_NEWUTS", (long)ChildProcess.CloneNewUts),
            ("CLONE_NEWIPC", (long)ChildProcess.CloneNewIpc), ("CLONE_NEWUSER", (long)ChildProcess.CloneNewUser),
            ("CLONE_NEWPID", (long)ChildProcess.CloneNewPid), ("CLONE_NEWNET", (long)ChildProcess.CloneNewNet),
            ("CLONE_INTO_CGROUP", (long)ChildProcess.CloneIntoCgroup),
        ]);
    }

    [Fact]
    public void Layouts_that_lists_write_by_hand_when_compared_with_the_headers_then_are_the_same()
    {
        CHeaders.Check(Headers,
        [
            ("sizeof(struct open_how)", 24), ("offsetof(struct open_how, mode)", 8), ("offsetof(struct open_how, resolve)", 16),
            ("sizeof(struct mount_attr)", 32), ("offsetof(struct mount_attr, attr_clr)", 8), ("offsetof(struct mount_attr, propagation)", 16),
            ("sizeof(struct ifreq)", 40), ("offsetof(struct ifreq, ifr_flags)", 16),
            ("sizeof(struct statfs)", 120), ("offsetof(struct statfs, f_type)", 0),
            ("sizeof(struct statx)", 256), ("offsetof(struct statx, stx_mode)", 28), ("offsetof(struct statx, stx_rdev_major)", 128),
            ("offsetof(struct statx, stx_rdev_minor)", 132),
            ("sizeof(siginfo_t)", 128), ("offsetof(siginfo_t, si_code)", 8), ("offsetof(siginfo_t, si_pid)", 16), ("offsetof(siginfo_t, si_status)", 24),
            ("CLD_EXITED", 1), ("P_PIDFD", 3), ("WNOHANG", 1), ("WEXITED", 4),
            ("sizeof(struct termios) <= 64", 1), ("TIOCGWINSZ", 0x5413), ("TCSANOW", 0), ("sizeof(struct winsize)", 8),
            ("CMSG_SPACE(sizeof(int))", 24), ("SOL_SOCKET", 1), ("SCM_RIGHTS", 1), ("MSG_CMSG_CLOEXEC", 0x40000000),
            ("sizeof(posix_spawn_file_actions_t) <= " + ProcessSpawner.FileActionsSize, 1),
            ("sizeof(posix_spawnattr_t) <= " + ProcessSpawner.AttributesSize, 1),
            ("POSIX_SPAWN_SETSIGDEF", 4), ("POSIX_SPAWN_SETSIGMASK", 8), ("POSIX_SPAWN_SETSID", 0x80),
        ]);
    }

    [Fact]
    public void Bpf_when_compared_with_the_headers_then_is_the_same()
    {
        CHeaders.Check(Headers,
        [
            ("BPF_LDX | BPF_MEM | BPF_W", 0x61), ("BPF_ALU64 | BPF_MOV | BPF_X", 0xbf), ("BPF_ALU64 | BPF_MOV | BPF_K", 0xb7),
            ("BPF_ALU64 | BPF_AND | BPF_K", 0x57), ("BPF_ALU64 | BPF_RSH | BPF_K", 0x77), ("BPF_JMP | BPF_JEQ | BPF_K", 0x15),
            ("BPF_JMP | BPF_JNE | BPF_K", 0x55), ("BPF_JMP | BPF_EXIT", 0x95), ("sizeof(struct bpf_insn)", 8),
            ("BPF_PROG_LOAD", 5), ("BPF_PROG_ATTACH", 8), ("BPF_PROG_GET_FD_BY_ID", 13), ("BPF_PROG_QUERY", 16),
            ("BPF_PROG_TYPE_CGROUP_DEVICE", 15), ("BPF_CGROUP_DEVICE", 6), ("BPF_F_ALLOW_MULTI", 2), ("BPF_F_REPLACE", 4),
            ("BPF_DEVCG_ACC_MKNOD", 1), ("BPF_DEVCG_ACC_READ", 2), ("BPF_DEVCG_ACC_WRITE", 4), ("BPF_DEVCG_DEV_BLOCK", 1), ("BPF_DEVCG_DEV_CHAR", 2),
            ("offsetof(union bpf_attr, insns)", Offset<CgroupDevicePrograms.LoadAttributes>("Instructions")),
            ("offsetof(union bpf_attr, license)", Offset<CgroupDevicePrograms.LoadAttributes>("License")),
            ("offsetof(union bpf_attr, log_buf)", Offset<CgroupDevicePrograms.LoadAttributes>("LogBuffer")),
            ("offsetof(union bpf_attr, attach_bpf_fd)", Offset<CgroupDevicePrograms.AttachAttributes>("Program")),
            ("offsetof(union bpf_attr, replace_bpf_fd)", Offset<CgroupDevicePrograms.AttachAttributes>("ReplaceProgram")),
            ("offsetof(union bpf_attr, query.prog_ids)", Offset<CgroupDevicePrograms.QueryAttributes>("Ids")),
            ("offsetof(union bpf_attr, query.prog_cnt)", Offset<CgroupDevicePrograms.QueryAttributes>("Count")),
            ("sizeof(struct sock_filter)", BpfProgram.InstructionSize), ("BPF_MAXINSNS", BpfProgram.InstructionsMax),
            ("BPF_LD | BPF_W | BPF_ABS", 0x20), ("BPF_JMP | BPF_JA", 0x05), ("BPF_JMP | BPF_JGT | BPF_K", 0x25),
            ("BPF_JMP | BPF_JGE | BPF_K", 0x35), ("BPF_RET | BPF_K", 0x06),
            ("offsetof(struct seccomp_data, arch)", BpfProgram.OffsetArchitecture), ("offsetof(struct seccomp_data, nr)", BpfProgram.OffsetNumber),
        ]);
    }

    [Fact]
    public void Seccomp_words_when_compared_with_the_headers_then_are_the_same()
    {
        CHeaders.Check(Headers,
        [
            ("SECCOMP_RET_KILL_PROCESS", SeccompAction.KillProcess), ("SECCOMP_RET_KILL_THREAD", SeccompAction.KillThread),
            ("SECCOMP_RET_TRAP", SeccompAction.Trap), ("SECCOMP_RET_ERRNO", SeccompAction.Errno), ("SECCOMP_RET_USER_NOTIF", SeccompAction.Notify),
            ("SECCOMP_RET_TRACE", SeccompAction.Trace), ("SECCOMP_RET_LOG", SeccompAction.Log), ("SECCOMP_RET_ALLOW", SeccompAction.Allow),
            ("AUDIT_ARCH_X86_64", AuditArchitecture.X8664), ("AUDIT_ARCH_I386", AuditArchitecture.X86),
            ("AUDIT_ARCH_AARCH64", AuditArchitecture.Aarch64), ("AUDIT_ARCH_ARM", AuditArchitecture.Arm),
            ("SECCOMP_FILTER_FLAG_TSYNC", (long)SeccompFilterFlags.ThreadSync), ("SECCOMP_FILTER_FLAG_LOG", (long)SeccompFilterFlags.Log),
            ("SECCOMP_FILTER_FLAG_SPEC_ALLOW", (long)SeccompFilterFlags.SpeculationAllow),
            ("SECCOMP_FILTER_FLAG_NEW_LISTENER", (long)SeccompFilterFlags.NewListener),
            ("SECCOMP_FILTER_FLAG_TSYNC_ESRCH", (long)SeccompFilterFlags.ThreadSyncEsrch),
        ]);
        CHeaders.Check("#include <seccomp.h>",
        [
            ("SCMP_ARCH_X32", AuditArchitecture.X32), ("SCMP_CMP_NE", (long)SeccompOperator.NotEqual), ("SCMP_CMP_LT", (long)SeccompOperator.Less),
            ("SCMP_CMP_LE", (long)SeccompOperator.LessOrEqual), ("SCMP_CMP_EQ", (long)SeccompOperator.Equal),
            ("SCMP_CMP_GE", (long)SeccompOperator.GreaterOrEqual), ("SCMP_CMP_GT", (long)SeccompOperator.Greater),
            ("SCMP_CMP_MASKED_EQ", (long)SeccompOperator.MaskedEqual), ("sizeof(struct scmp_arg_cmp)", Marshal.SizeOf<LibSeccomp.ArgCmp>()),
            ("offsetof(struct scmp_arg_cmp, op)", Offset<LibSeccomp.ArgCmp>("Operator")),
            ("offsetof(struct scmp_arg_cmp, datum_b)", Offset<LibSeccomp.ArgCmp>("DatumB")),
            ("SCMP_FLTATR_ACT_BADARCH", LibSeccomp.AttributeBadArchitecture), ("__NR_SCMP_ERROR", LibSeccomp.NameUnknown),
        ]);
    }

    /// <summary>struct troupe_op is declared twice, in child.c and here.</summary>
    [Fact]
    public void Operations_when_compared_with_the_child_then_have_one_layout()
    {
        var child = Path.Join(Repository(), "src/Troupe.Linux/Native/child.c");
        CHeaders.Check($"#include \"{child}\"",
        [
            ("sizeof(struct troupe_op)", Marshal.SizeOf<SyscallProgram.NativeOperation>()),
            .. new[] { ("number", "Number"), ("arguments", "Arguments"), ("expect", "Expect"), ("store", "Store"), ("result", "Result"), ("slots", "Slots"), ("tolerate", "Tolerate"), ("flags", "Flags") }
                .Select(p => ($"offsetof(struct troupe_op, {p.Item1})", Offset<SyscallProgram.NativeOperation>(p.Item2))),
        ]);
    }

    /// <summary>The child's code is reviewed as a whole: it stays small (docs/adr/0003).</summary>
    [Fact]
    public void Child_when_counted_then_has_at_most_150_lines()
    {
        Assert.InRange(File.ReadAllLines(Path.Join(Repository(), "src/Troupe.Linux/Native/child.c")).Length, 1, 150);
    }

    private static long Offset<T>(string field) => Marshal.OffsetOf<T>(field);

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Join(folder.FullName, "Directory.Packages.props"))) folder = folder.Parent ?? throw new InvalidOperationException("no working tree");
        return folder.FullName;
    }

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}
