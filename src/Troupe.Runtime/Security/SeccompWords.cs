using Troupe.Linux;
using Troupe.Linux.Seccomp;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Security;

/// <summary>The words of linux.seccomp (config-linux.md) and their numbers. An unknown word is an error, never a weaker filter.</summary>
internal static class SeccompWords
{
    /// <summary>Also what the <c>features</c> verb lists.</summary>
    public static readonly string[] Actions =
    [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
        "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    ];

    public static readonly string[] Operators =
    [
        "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
    ];

    public static readonly string[] Architectures =
        ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"];

    public static readonly string[] KnownFlags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"];

    /// <param name="errno">Counts for ERRNO and TRACE; absent: EPERM.</param>
    public static uint Action(string word, uint? errno)
    {
        var value = errno ?? (uint)Errno.EPERM.Value;
        if (value > ushort.MaxValue) throw new RuntimeException($"seccomp: errno {value} is out of range");
        return word switch
        {
            "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => SeccompAction.KillThread,
            "SCMP_ACT_KILL_PROCESS" => SeccompAction.KillProcess,
            "SCMP_ACT_TRAP" => SeccompAction.Trap,
            "SCMP_ACT_ERRNO" => SeccompAction.Errno | value,
            "SCMP_ACT_TRACE" => SeccompAction.Trace | value,
            "SCMP_ACT_LOG" => SeccompAction.Log,
            "SCMP_ACT_ALLOW" => SeccompAction.Allow,
            "SCMP_ACT_NOTIFY" => throw new RuntimeException("seccomp: SCMP_ACT_NOTIFY is not supported"),
            _ => throw new RuntimeException($"seccomp: unknown action {word}"),
        };
    }

    public static uint Architecture(string word) => word switch
    {
        "SCMP_ARCH_NATIVE" => SeccompBuilder.NativeArchitecture,
        "SCMP_ARCH_X86" => AuditArchitecture.X86,
        "SCMP_ARCH_X86_64" => AuditArchitecture.X8664,
        "SCMP_ARCH_X32" => AuditArchitecture.X32,
        "SCMP_ARCH_ARM" => AuditArchitecture.Arm,
        "SCMP_ARCH_AARCH64" => AuditArchitecture.Aarch64,
        _ => throw new RuntimeException($"seccomp: unknown architecture {word}"),
    };

    public static SeccompFilterFlags Flag(string word) => word switch
    {
        "SECCOMP_FILTER_FLAG_TSYNC" => SeccompFilterFlags.ThreadSync,
        "SECCOMP_FILTER_FLAG_LOG" => SeccompFilterFlags.Log,
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => SeccompFilterFlags.SpeculationAllow,
        _ => throw new RuntimeException($"seccomp: unknown flag {word}"),
    };

    public static SeccompCondition Condition(OciSyscallArg argument)
    {
        if (argument.Index > 5) throw new RuntimeException($"seccomp: a system call has no argument {argument.Index}");
        var comparison = argument.Op switch
        {
            "SCMP_CMP_NE" => SeccompOperator.NotEqual,
            "SCMP_CMP_LT" => SeccompOperator.Less,
            "SCMP_CMP_LE" => SeccompOperator.LessOrEqual,
            "SCMP_CMP_EQ" => SeccompOperator.Equal,
            "SCMP_CMP_GE" => SeccompOperator.GreaterOrEqual,
            "SCMP_CMP_GT" => SeccompOperator.Greater,
            "SCMP_CMP_MASKED_EQ" => SeccompOperator.MaskedEqual,
            _ => throw new RuntimeException($"seccomp: unknown operator {argument.Op}"),
        };
        return new SeccompCondition(argument.Index, comparison, argument.Value, argument.ValueTwo);
    }
}
