using System.Runtime.InteropServices;
using Troupe.Linux.Seccomp;
using Troupe.Runtime.Containers;
using Troupe.Runtime.Security;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Tests.Security;

/// <summary>
/// The default profile, compiled and then run over every call of both widths: what is allowed may change only together with the golden
/// table (TROUPE_UPDATE_GOLDEN=1 writes it anew, for review).
/// </summary>
public sealed class SeccompProfileTests
{
    private const uint Eperm = SeccompAction.Errno | 1;
    private const uint Enosys = SeccompAction.Errno | 38;
    private const int TableEnd = 520;

    private static readonly HostFacts s_host = new(Architecture.X64, new Version(6, 1), IsCgroupV2: false, ThermalCpus: []);
    private static readonly Lazy<byte[]> s_default = new(() => SeccompCompiler.Compile(DefaultSeccompProfile.Create(DefaultSpec.Capabilities(), s_host)));

    public static TheoryData<string, string[]> Profiles => new()
    {
        { "default", DefaultSpec.Capabilities() },
        { "no-capabilities", [] },
        { "sys-admin", [.. DefaultSpec.Capabilities(), "CAP_SYS_ADMIN"] },
    };

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Verdict_of_every_call_when_compiled_then_is_that_of_the_golden_table(string name, string[] capabilities)
    {
        var filter = SeccompCompiler.Compile(DefaultSeccompProfile.Create(capabilities, s_host));
        string[] table =
        [
            .. Table(filter, "x86_64", AuditArchitecture.X8664), .. Table(filter, "i386", AuditArchitecture.X86),
        ];
        var file = $"seccomp-{name}.txt";
        if (Environment.GetEnvironmentVariable("TROUPE_UPDATE_GOLDEN") is { Length: > 0 } folder) File.WriteAllLines(Path.Join(folder, file), table);
        Assert.Equal(File.ReadAllLines(Path.Join(AppContext.BaseDirectory, "Security/Golden", file)), table);
    }

    [Theory]
    [InlineData("socket", 37, true)] // AF_CAIF
    [InlineData("socket", 38, false)] // AF_ALG
    [InlineData("socket", 39, true)]
    [InlineData("socket", 40, false)] // AF_VSOCK
    [InlineData("socket", 41, true)]
    [InlineData("socket", 45, true)]
    [InlineData("socket", 0x1_0000_0026, false)] // the kernel takes 32 bits of it: AF_ALG again
    [InlineData("socket", 0x1_0000_0028, false)]
    [InlineData("personality", 0, true)]
    [InlineData("personality", 0x20008, true)]
    [InlineData("personality", 0xffffffff, true)]
    [InlineData("personality", 0x40000, false)] // ADDR_NO_RANDOMIZE
    [InlineData("clone", 0x11, true)] // SIGCHLD: fork
    [InlineData("clone", 0x3d0f00, true)] // a thread
    [InlineData("clone", 0x10000011, false)] // CLONE_NEWUSER
    [InlineData("clone", 0x20000, false)]
    [InlineData("clone", 0x2000000, false)]
    public void First_argument_when_filtered_then_decides(string call, long argument, bool allowed)
    {
        var number = (uint)SeccompBuilder.Resolve(call)!.Value;
        Assert.Equal(allowed ? SeccompAction.Allow : Eperm, BpfInterpreter.Run(s_default.Value, AuditArchitecture.X8664, number, (ulong)argument));
    }

    [Fact]
    public void Call_when_newer_than_every_table_then_is_unknown_and_not_forbidden()
    {
        Assert.Equal(Enosys, BpfInterpreter.Run(s_default.Value, AuditArchitecture.X8664, 2000));
        Assert.Equal(Enosys, BpfInterpreter.Run(s_default.Value, AuditArchitecture.X86, 2000));
        Assert.Equal(Eperm, BpfInterpreter.Run(s_default.Value, AuditArchitecture.X8664, 425)); // io_uring_setup: known, and refused
    }

    [Fact]
    public void Call_when_of_x32_then_follows_the_same_rules()
    {
        const uint x32 = 0x40000000;
        Assert.Equal(SeccompAction.Allow, BpfInterpreter.Run(s_default.Value, AuditArchitecture.X8664, x32 | 39)); // getpid
        Assert.Equal(Eperm, BpfInterpreter.Run(s_default.Value, AuditArchitecture.X8664, x32 | 165)); // mount
    }

    [Fact]
    public void Call_when_of_an_architecture_without_rules_then_ends_the_thread()
    {
        Assert.Equal(SeccompAction.KillThread, BpfInterpreter.Run(s_default.Value, AuditArchitecture.Aarch64, 64));
    }

    [Fact]
    public void Newer_calls_when_the_profile_only_denies_some_then_are_denied_and_others_allowed()
    {
        var profile = new OciSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = ["SCMP_ARCH_X86_64"],
            Syscalls = [new OciSyscallRule { Names = ["statmount", "uretprobe", "mkdir"], Action = "SCMP_ACT_ERRNO", ErrnoRet = 13 }],
        };
        var filter = SeccompCompiler.Compile(profile);
        Assert.Equal(SeccompAction.Errno | 13, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 457));
        Assert.Equal(SeccompAction.Errno | 13, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 335));
        Assert.Equal(SeccompAction.Errno | 13, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 83));
        Assert.Equal(SeccompAction.Allow, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 458));
        Assert.Equal(SeccompAction.Allow, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 2000));
    }

    [Fact]
    public void Conditions_when_several_are_on_one_argument_then_any_of_them_suffices()
    {
        var profile = new OciSeccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            Syscalls =
            [
                new OciSyscallRule
                {
                    Names = ["dup2"], Action = "SCMP_ACT_ALLOW",
                    Args = [new OciSyscallArg(0, 3, 0, "SCMP_CMP_EQ"), new OciSyscallArg(0, 5, 0, "SCMP_CMP_EQ")],
                },
                new OciSyscallRule
                {
                    Names = ["dup3"], Action = "SCMP_ACT_ALLOW",
                    Args = [new OciSyscallArg(0, 3, 0, "SCMP_CMP_EQ"), new OciSyscallArg(1, 5, 0, "SCMP_CMP_GE")],
                },
            ],
        };
        var filter = SeccompCompiler.Compile(profile);
        Assert.Equal(SeccompAction.Allow, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 33, 3));
        Assert.Equal(SeccompAction.Allow, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 33, 5));
        Assert.Equal(Eperm, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 33, 4));
        Assert.Equal(SeccompAction.Allow, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 292, 3, 6));
        Assert.Equal(Eperm, BpfInterpreter.Run(filter, AuditArchitecture.X8664, 292, 3, 4));
    }

    [Theory]
    [InlineData("SCMP_ACT_WHATEVER", "SCMP_ARCH_X86_64", "SCMP_CMP_EQ", 0u, 1u)]
    [InlineData("SCMP_ACT_NOTIFY", "SCMP_ARCH_X86_64", "SCMP_CMP_EQ", 0u, 1u)]
    [InlineData("SCMP_ACT_ALLOW", "SCMP_ARCH_PDP11", "SCMP_CMP_EQ", 0u, 1u)]
    [InlineData("SCMP_ACT_ALLOW", "SCMP_ARCH_X86_64", "SCMP_CMP_ISH", 0u, 1u)]
    [InlineData("SCMP_ACT_ALLOW", "SCMP_ARCH_X86_64", "SCMP_CMP_EQ", 6u, 1u)]
    [InlineData("SCMP_ACT_ERRNO", "SCMP_ARCH_X86_64", "SCMP_CMP_EQ", 0u, 65536u)]
    public void Profile_when_it_holds_an_unknown_word_then_is_refused(string action, string architecture, string comparison, uint index, uint errno)
    {
        var profile = new OciSeccomp
        {
            DefaultAction = "SCMP_ACT_KILL",
            Architectures = [architecture],
            Syscalls = [new OciSyscallRule { Names = ["read"], Action = action, ErrnoRet = errno, Args = [new OciSyscallArg(index, 0, 0, comparison)] }],
        };
        Assert.Throws<RuntimeException>(() => SeccompCompiler.Compile(profile));
    }

    [Fact]
    public void Flags_when_none_are_named_then_speculation_stays_allowed()
    {
        var profile = new OciSeccomp { DefaultAction = "SCMP_ACT_ALLOW" };
        Assert.Equal(SeccompFilterFlags.SpeculationAllow, SeccompCompiler.Flags(profile));
        Assert.Equal(SeccompFilterFlags.None, SeccompCompiler.Flags(profile with { Flags = [] }));
        Assert.Equal(SeccompFilterFlags.Log | SeccompFilterFlags.ThreadSync,
            SeccompCompiler.Flags(profile with { Flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"] }));
        Assert.Throws<RuntimeException>(() => SeccompCompiler.Flags(profile with { Flags = ["SECCOMP_FILTER_FLAG_MAYBE"] }));
    }

    private static IEnumerable<string> Table(byte[] filter, string name, uint architecture)
    {
        for (var number = 0; number < TableEnd; number++)
        {
            // The first argument counts only where the profile looks at it; ~0 is no family, no namespace-free clone.
            var (low, high) = (BpfInterpreter.Run(filter, architecture, (uint)number, 0), BpfInterpreter.Run(filter, architecture, (uint)number, ulong.MaxValue));
            var verdict = low == high ? Word(low) : $"{Word(low)}, or {Word(high)} by its first argument";
            yield return $"{name} {number} {SeccompBuilder.NameOf(architecture, number) ?? NewSyscalls.NameOf(number) ?? "-"}: {verdict}";
        }
    }

    private static string Word(uint answer) => answer switch
    {
        SeccompAction.Allow => "allowed",
        Eperm => "EPERM",
        Enosys => "ENOSYS",
        _ => $"0x{answer:x8}",
    };
}
