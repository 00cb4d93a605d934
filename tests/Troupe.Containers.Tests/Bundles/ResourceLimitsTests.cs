using Troupe.Containers.Bundles;
using Troupe.Containers.Tests.Fakes;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Tests.Bundles;

/// <summary>Docker's numbers as OCI resources and rlimits.</summary>
public sealed class ResourceLimitsTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void Resources_when_nothing_is_asked_then_only_processes_and_devices_are_limited()
    {
        var none = OciResourceLimits.Of(Samples.Host, swapIsCounted: true);
        Assert.Null(none.Memory);
        Assert.Null(none.Cpu);
        Assert.Equal(OciResourceLimits.PidsDefault, none.Pids!.Limit);
        Assert.False(none.Devices![0].Allow);
    }

    [Fact]
    public void Memory_when_limited_then_as_much_swap_again_where_the_kernel_counts_it()
    {
        var host = Samples.Host with { MemoryBytes = 64 * MiB };
        Assert.Equal(new OciMemory { Limit = 64 * MiB, Swap = 128 * MiB }, OciResourceLimits.Of(host, swapIsCounted: true).Memory);
        Assert.Equal(new OciMemory { Limit = 64 * MiB }, OciResourceLimits.Of(host, swapIsCounted: false).Memory);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(96 * MiB)]
    public void Memory_when_swap_is_asked_then_that_much(long swap) =>
        Assert.Equal(swap, OciResourceLimits.Of(Samples.Host with { MemoryBytes = 64 * MiB, MemorySwapBytes = swap }, swapIsCounted: true).Memory!.Swap);

    [Fact]
    public void Memory_when_the_limit_is_astronomical_then_the_swap_is_no_negative_number() =>
        Assert.Equal(long.MaxValue, OciResourceLimits.Of(Samples.Host with { MemoryBytes = long.MaxValue - 1 }, swapIsCounted: true).Memory!.Swap);

    [Fact]
    public void Cpu_when_half_of_one_is_asked_then_quota_over_a_tenth_of_a_second()
    {
        var cpu = OciResourceLimits.Of(Samples.Host with { NanoCpus = 500_000_000 }, swapIsCounted: true).Cpu!;
        Assert.Equal((100_000UL, 50_000L), (cpu.Period!.Value, cpu.Quota!.Value));
    }

    [Theory]
    [InlineData(null, OciResourceLimits.PidsDefault)]
    [InlineData(0L, -1)]
    [InlineData(-1L, -1)]
    [InlineData(20L, 20)]
    public void Pids_when_asked_then_dockers_meaning(long? asked, long limit) =>
        Assert.Equal(limit, OciResourceLimits.Of(Samples.Host with { PidsLimit = asked }, swapIsCounted: true).Pids!.Limit);

    [Fact]
    public void Devices_when_privileged_then_all() =>
        Assert.Equal([new OciDeviceRule { Allow = true, Access = "rwm" }], OciResourceLimits.Of(Samples.Host with { Privileged = true }, swapIsCounted: true).Devices!);

    [Theory]
    [InlineData("nofile=100", "RLIMIT_NOFILE", 100, 100)]
    [InlineData("nofile=100:200", "RLIMIT_NOFILE", 100, 200)]
    [InlineData("core=-1", "RLIMIT_CORE", ulong.MaxValue, ulong.MaxValue)]
    [InlineData("memlock=5:-1", "RLIMIT_MEMLOCK", 5, ulong.MaxValue)]
    public void Ulimit_when_right_then_soft_and_hard(string text, string type, ulong soft, ulong hard)
    {
        Assert.True(Ulimits.TryParse(text, out var limit, out _));
        Assert.Equal((type, soft, hard), (limit.Type, limit.Soft, limit.Hard));
    }

    [Theory]
    [InlineData("nofile", "invalid ulimit argument: nofile")]
    [InlineData("nofile=", "invalid ulimit argument: nofile=")]
    [InlineData("nofile=1:2:3", "invalid ulimit argument: nofile=1:2:3")]
    [InlineData("nofile=99999999999999999999", "invalid ulimit argument: nofile=99999999999999999999")]
    [InlineData("nonsense=1", "invalid ulimit type: nonsense")]
    [InlineData("nofile=2:1", "ulimit soft limit must be less than or equal to hard limit: 2 > 1")]
    [InlineData("nofile=-1:1", "ulimit soft limit must be less than or equal to hard limit: -1 > 1")]
    public void Ulimit_when_wrong_then_dockers_words(string text, string words)
    {
        Assert.False(Ulimits.TryParse(text, out _, out var error));
        Assert.Equal(words, error);
    }

    [Fact]
    public void Ulimits_when_asked_then_over_the_defaults_and_each_once()
    {
        var limits = Ulimits.Of(["nofile=10:20", "cpu=5"]);
        Assert.Equal(["RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_NOFILE"], limits.Select(l => l.Type));
        Assert.Equal((10UL, 20UL), (limits[2].Soft, limits[2].Hard));
    }
}
