using System.Runtime.InteropServices;

namespace Troupe.Specs.Runtime;

/// <summary>
/// The default system call filter (SECURITY.md, "Seccomp"): what is not named here fails with EPERM, what the kernel has learnt since
/// with ENOSYS (the runtime's compiler sees to that). It follows Docker's: a program that runs there runs here. Names that an
/// architecture does not have are skipped when the filter is compiled.
/// </summary>
public static class DefaultSeccompProfile
{
    private const uint Eperm = 1;
    private const uint Enosys = 38;

    /// <summary>mount, uts, ipc, user, pid, net and cgroup namespaces. CLONE_NEWTIME shares a bit with the exit signal and is no clone flag.</summary>
    private const ulong NamespaceFlags = 0x7E020000;

    private const ulong AfAlg = 38;
    private const ulong AfVsock = 40;
    private const ulong AfLast = 45;

    /// <summary>PER_LINUX, PER_LINUX32, each with UNAME26, and the query.</summary>
    private static readonly ulong[] s_personalities = [0, 8, 0x20000, 0x20008, 0xffffffff];

    // Grouped by what they are for; the 32-bit twins (…32, …64, _time64) stand beside the call that they are a form of.
    private const string Files = """
        open openat openat2 creat close close_range dup dup2 dup3 read pread64 readv preadv preadv2 write pwrite64 writev pwritev pwritev2
        lseek _llseek readahead fadvise64 fadvise64_64 sendfile sendfile64 copy_file_range splice tee vmsplice fallocate
        truncate truncate64 ftruncate ftruncate64 sync syncfs fsync fdatasync sync_file_range fcntl fcntl64 flock ioctl umask
        """;

    private const string FileTree = """
        stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 access faccessat faccessat2
        chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 lchown lchown32 fchownat utime utimes futimesat utimensat utimensat_time64
        link linkat symlink symlinkat readlink readlinkat unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir mknod mknodat
        getdents getdents64 getcwd chdir fchdir name_to_handle_at statmount listmount cachestat
        getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat
        listxattr llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat
        """;

    private const string Memory = """
        brk mmap mmap2 munmap mremap mprotect pkey_alloc pkey_free pkey_mprotect madvise mincore msync mseal remap_file_pages
        mlock mlock2 mlockall munlock munlockall memfd_create memfd_secret map_shadow_stack membarrier
        """;

    private const string Processes = """
        fork vfork execve execveat exit exit_group wait4 waitid waitpid kill tkill tgkill pidfd_open pidfd_send_signal process_mrelease
        getpid getppid gettid getpgid getpgrp setpgid getsid setsid getcpu getpriority setpriority ioprio_get ioprio_set prctl
        getrlimit ugetrlimit setrlimit prlimit64 getrusage times set_tid_address get_thread_area set_thread_area
        get_robust_list set_robust_list rseq restart_syscall sysinfo uname seccomp capget capset
        landlock_create_ruleset landlock_add_rule landlock_restrict_self uretprobe riscv_hwprobe
        """;

    private const string Identity = """
        getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid getresgid32
        getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32
        setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32
        """;

    private const string Scheduling = """
        sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam
        sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min
        sched_rr_get_interval sched_rr_get_interval_time64
        """;

    private const string Signals = """
        rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
        rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn signalfd signalfd4 pause
        """;

    // Only adjtimex of the clock's writers: without CAP_SYS_TIME the kernel lets it read.
    private const string Time = """
        time gettimeofday adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
        clock_nanosleep clock_nanosleep_time64 nanosleep alarm getitimer setitimer
        timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
        timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
        """;

    private const string Waiting = """
        poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create epoll_create1 epoll_ctl epoll_ctl_old
        epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
        fanotify_mark io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64
        futex futex_time64 futex_wait futex_waitv futex_wake futex_requeue
        """;

    // socket itself is filtered by family below. socketcall hides its arguments behind a pointer: they can't be filtered.
    private const string Communication = """
        pipe pipe2 socketpair socketcall bind connect listen accept accept4 shutdown getsockname getpeername getsockopt setsockopt
        send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64 getrandom
        ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget
        mq_open mq_unlink mq_getsetattr mq_notify mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64
        """;

    private static readonly (string Capability, string Names)[] s_byCapability =
    [
        ("CAP_SYS_ADMIN", """
            bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules lsm_set_self_attr
            mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog
            umount umount2 unshare
            """),
        ("CAP_BPF", "bpf"),
        ("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
        ("CAP_PERFMON", "perf_event_open"),
        ("CAP_SYS_BOOT", "reboot"),
        ("CAP_SYS_CHROOT", "chroot"),
        ("CAP_SYS_MODULE", "init_module finit_module delete_module"),
        ("CAP_SYS_NICE", "get_mempolicy set_mempolicy set_mempolicy_home_node mbind"),
        ("CAP_SYS_PACCT", "acct"),
        ("CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
        ("CAP_SYS_RAWIO", "iopl ioperm"),
        ("CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"),
        ("CAP_SYS_TTY_CONFIG", "vhangup"),
        ("CAP_SYSLOG", "syslog"),
    ];

    /// <summary>The filter for a container whose bounding set is <paramref name="capabilities"/>.</summary>
    public static OciSeccomp Create(IReadOnlyCollection<string> capabilities, HostFacts host)
    {
        List<OciSyscallRule> rules =
        [
            Allow([.. Words(Files), .. Words(FileTree), .. Words(Memory), .. Words(Processes), .. Words(Identity), .. Words(Scheduling),
                .. Words(Signals), .. Words(Time), .. Words(Waiting), .. Words(Communication), .. OfArchitecture(host.Architecture)]),
        ];

        // Before 4.8 a traced process could slip past its filter by changing the call's number.
        if (host.Kernel >= new Version(4, 8)) rules.Add(Allow(["process_vm_readv", "process_vm_writev", "ptrace"]));
        foreach (var value in s_personalities) rules.Add(Allow("personality", new OciSyscallArg(0, value, 0, "SCMP_CMP_EQ")));
        rules.AddRange(Sockets());
        foreach (var (capability, names) in s_byCapability)
        {
            if (capabilities.Contains(capability)) rules.Add(Allow(Words(names)));
        }

        if (!capabilities.Contains("CAP_SYS_ADMIN"))
        {
            rules.Add(Allow("clone", new OciSyscallArg(0, NamespaceFlags, 0, "SCMP_CMP_MASKED_EQ")));
            // clone3's flags are behind a pointer; ENOSYS makes libc fall back on clone.
            rules.Add(new OciSyscallRule { Names = ["clone3"], Action = "SCMP_ACT_ERRNO", ErrnoRet = Enosys });
        }

        return new OciSeccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            DefaultErrnoRet = Eperm,
            Architectures = host.Architecture == Architecture.Arm64
                ? ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
                : ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            Syscalls = [.. rules],
        };
    }

    /// <summary>
    /// Every family but AF_ALG (the kernel's crypto, a rich attack surface) and AF_VSOCK (reaches the hypervisor). Above AF_VSOCK the
    /// families are named one by one: the filter compares 64 bits but the kernel looks at 32, so "greater than 40" would let
    /// 2^32 + AF_ALG through.
    /// </summary>
    private static IEnumerable<OciSyscallRule> Sockets()
    {
        yield return Allow("socket", new OciSyscallArg(0, AfAlg, 0, "SCMP_CMP_LT"));
        for (var family = AfAlg + 1; family <= AfLast; family++)
        {
            if (family != AfVsock) yield return Allow("socket", new OciSyscallArg(0, family, 0, "SCMP_CMP_EQ"));
        }
    }

    private static string[] OfArchitecture(Architecture architecture) => architecture == Architecture.Arm64
        ? ["arm_fadvise64_64", "arm_sync_file_range", "sync_file_range2", "breakpoint", "cacheflush", "set_tls"]
        : ["arch_prctl", "modify_ldt"];

    private static OciSyscallRule Allow(string[] names) => new() { Names = names, Action = "SCMP_ACT_ALLOW" };

    private static OciSyscallRule Allow(string name, OciSyscallArg argument) =>
        new() { Names = [name], Action = "SCMP_ACT_ALLOW", Args = [argument] };

    private static string[] Words(string text) =>
        text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
