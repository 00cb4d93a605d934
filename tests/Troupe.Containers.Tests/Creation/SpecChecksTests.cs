using Troupe.Containers.Creation;
using Troupe.Containers.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;

namespace Troupe.Containers.Tests.Creation;

/// <summary>What is wrong is refused in Docker's words; what is right but not built is named, never ignored.</summary>
public sealed class SpecChecksTests
{
    private const long MiB = 1 << 20;

    private static CommandFailed? Check(Func<HostSpec, HostSpec> change) => SpecChecks.Check(Samples.Spec with { Host = change(Samples.Host) });

    [Fact]
    public void Check_when_all_is_well_then_null() => Assert.Null(SpecChecks.Check(Samples.Spec));

    public static TheoryData<HostSpec, string> Wrong => new()
    {
        { Samples.Host with { MemoryBytes = 1 }, "Minimum memory limit allowed is 6MB" },
        { Samples.Host with { MemoryBytes = -5 }, "invalid memory limit" },
        { Samples.Host with { MemorySwapBytes = 10 * MiB }, "You should always set the Memory limit when using Memoryswap limit, see usage" },
        { Samples.Host with { MemoryBytes = 10 * MiB, MemorySwapBytes = 9 * MiB }, "Minimum memoryswap limit should be larger than memory limit, see usage" },
        { Samples.Host with { MemoryBytes = 10 * MiB, MemoryReservationBytes = 11 * MiB }, "Minimum memory limit can not be less than memory reservation limit, see usage" },
        { Samples.Host with { NanoCpus = 1, CpuQuotaUs = 1000 }, "Conflicting options: Nano CPUs and CPU Period/Quota cannot both be set" },
        { Samples.Host with { CpuPeriodUs = 999 }, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)" },
        { Samples.Host with { CpuQuotaUs = 1 }, "CPU cfs quota can not be less than 1ms (i.e. 1000)" },
        { Samples.Host with { OomScoreAdj = 1001 }, "Invalid value 1001, range for oom score adj is [-1000, 1000]" },
        { Samples.Host with { ShmSizeBytes = -1 }, "SHM size can not be less than 0" },
        { Samples.Host with { CapAdd = ["nonsense"] }, "invalid CapAdd: unknown capability: \"CAP_NONSENSE\"" },
        { Samples.Host with { CapDrop = ["nonsense"] }, "invalid CapDrop: unknown capability: \"CAP_NONSENSE\"" },
        { Samples.Host with { Ulimits = ["nofile=2:1"] }, "ulimit soft limit must be less than or equal to hard limit: 2 > 1" },
        { Samples.Host with { ExtraHosts = ["db"] }, "bad format for add-host: \"db\"" },
        { Samples.Host with { Sysctls = new() { ["kernel.panic"] = "1" } }, "sysctl 'kernel.panic' is not allowed" },
        { Samples.Host with { Sysctls = new() { ["net./../kernel/panic"] = "1" } }, "sysctl 'net./../kernel/panic' is not allowed" },
        { Samples.Host with { NetworkMode = "host", Sysctls = new() { ["net.ipv4.ip_forward"] = "1" } }, "sysctl 'net.ipv4.ip_forward' not allowed in host network namespace" },
        { Samples.Host with { UtsMode = "other" }, "invalid UTS mode" },
        { Samples.Host with { CgroupnsMode = "other" }, "invalid cgroup namespace mode: other" },
        { Samples.Host with { Runtime = "other" }, "unknown or invalid runtime name: other" },
        { Samples.Host with { LogOptions = new() { ["max-size"] = "much" } }, "invalid value for log opt 'max-size': much" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Check_when_the_host_config_is_wrong_then_a_bad_request_in_dockers_words(HostSpec host, string words)
    {
        var failure = SpecChecks.Check(Samples.Spec with { Host = host });
        Assert.Equal(new CommandFailed(ErrorCode.InvalidArgument, words), failure);
    }

    public static TheoryData<HostSpec, string> NotBuilt => new()
    {
        { Samples.Host with { NetworkMode = "container:x" }, "--network container: is not built yet" },
        { Samples.Host with { Init = true }, "--init is not built yet" },
        { Samples.Host with { RestartPolicyName = "always" }, "--restart always is not built yet" },
        { Samples.Host with { LogDriver = "syslog" }, "--log-driver syslog is not built yet" },
        { Samples.Host with { SecurityOpt = ["seccomp={}"] }, "--security-opt seccomp with a profile is not built yet" },
    };

    [Theory]
    [MemberData(nameof(NotBuilt))]
    public void Check_when_it_is_not_built_then_it_is_named_and_not_ignored(HostSpec host, string words) =>
        Assert.Equal(new CommandFailed(ErrorCode.Unimplemented, words), SpecChecks.Check(Samples.Spec with { Host = host }));

    [Fact]
    public void Check_when_the_memory_is_the_least_allowed_then_null() => Assert.Null(Check(h => h with { MemoryBytes = SpecChecks.MemoryBytesMin }));

    [Fact]
    public void Check_when_more_cpus_are_asked_than_there_are_then_dockers_words()
    {
        var count = Environment.ProcessorCount;
        Assert.Null(Check(h => h with { NanoCpus = count * 1_000_000_000L }));
        Assert.Equal(
            $"range of CPUs is from 0.01 to {count}.00, as there are only {count} CPUs available",
            Check(h => h with { NanoCpus = (count * 1_000_000_000L) + 1 })!.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("=x")]
    [InlineData("A=b\0c")]
    public void Check_when_a_variable_has_no_name_or_a_zero_byte_then_refused(string variable) =>
        Assert.Equal(ErrorCode.InvalidArgument, SpecChecks.Check(Samples.Spec with { Env = [variable] })!.Code);

    [Fact]
    public void Check_when_the_working_directory_is_relative_then_dockers_words() => Assert.Equal(
        "the working directory 'relative' is invalid, it needs to be an absolute path", SpecChecks.Check(Samples.Spec with { WorkingDir = "relative" })!.Message);

    [Fact]
    public void Check_when_the_stop_signal_is_unknown_then_dockers_words() =>
        Assert.Equal("invalid signal: SIGNONSENSE", SpecChecks.Check(Samples.Spec with { StopSignal = "SIGNONSENSE" })!.Message);
}
