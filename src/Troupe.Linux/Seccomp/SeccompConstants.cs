namespace Troupe.Linux.Seccomp;

/// <summary>What a filter says of a call (linux/seccomp.h, SECCOMP_RET_…); the low 16 bits carry an errno or a tracer's word.</summary>
public static class SeccompAction
{
    public const uint KillProcess = 0x80000000;
    public const uint KillThread = 0;
    public const uint Trap = 0x00030000;
    public const uint Errno = 0x00050000;
    public const uint Notify = 0x7fc00000;
    public const uint Trace = 0x7ff00000;
    public const uint Log = 0x7ffc0000;
    public const uint Allow = 0x7fff0000;
}

/// <summary>How an argument is compared: enum scmp_compare of libseccomp.</summary>
public enum SeccompOperator
{
    NotEqual = 1,
    Less = 2,
    LessOrEqual = 3,
    Equal = 4,
    GreaterOrEqual = 5,
    Greater = 6,

    /// <summary>(argument AND <see cref="SeccompCondition.A"/>) == <see cref="SeccompCondition.B"/>.</summary>
    MaskedEqual = 7,
}

/// <summary>A condition on argument 0 to 5, compared as 64 bits without sign.</summary>
public readonly record struct SeccompCondition(uint Argument, SeccompOperator Operator, ulong A, ulong B);

/// <summary>AUDIT_ARCH_… of linux/audit.h: what a filter sees in seccomp_data.arch. X32 is libseccomp's own; the kernel shows X86-64 there.</summary>
public static class AuditArchitecture
{
    public const uint X8664 = 0xC000003E;
    public const uint X86 = 0x40000003;
    public const uint X32 = 0x4000003E;
    public const uint Aarch64 = 0xC00000B7;
    public const uint Arm = 0x40000028;
}

/// <summary>Flags of seccomp(2), SECCOMP_SET_MODE_FILTER.</summary>
[Flags]
public enum SeccompFilterFlags
{
    None = 0,
    ThreadSync = 1,
    Log = 2,
    SpeculationAllow = 4,
    NewListener = 8,
    ThreadSyncEsrch = 16,
    WaitKillableReceive = 32,
}
