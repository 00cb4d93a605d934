using Troupe.Containers.Bundles;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Tests.Bundles;

public sealed class CapabilitiesTests
{
    private static readonly int Last = LinuxCapabilities.All.Count - 1;

    private static string[] Of(string add, string drop, bool privileged = false) =>
        Capabilities.Of(add.Split(' ', StringSplitOptions.RemoveEmptyEntries), drop.Split(' ', StringSplitOptions.RemoveEmptyEntries), privileged, Last);

    [Fact]
    public void Of_when_nothing_is_asked_then_the_defaults() => Assert.Equal(DefaultSpec.Capabilities(), Of("", ""));

    [Theory]
    [InlineData("NET_ADMIN")]
    [InlineData("cap_net_admin")]
    [InlineData("CAP_NET_ADMIN net_admin")]
    public void Of_when_one_is_added_in_any_spelling_then_it_is_there_once(string add)
    {
        var all = Of(add, "");
        Assert.Equal([.. DefaultSpec.Capabilities(), "CAP_NET_ADMIN"], all);
    }

    [Fact]
    public void Of_when_all_are_dropped_then_only_the_added_ones_remain()
    {
        Assert.Empty(Of("", "ALL"));
        Assert.Equal(["CAP_CHOWN", "CAP_KILL"], Of("kill CHOWN", "all"));
    }

    [Fact]
    public void Of_when_all_are_added_then_only_the_dropped_ones_are_missing() =>
        Assert.Equal(LinuxCapabilities.All.Where(c => c != "CAP_SYS_ADMIN"), Of("ALL", "SYS_ADMIN"));

    [Fact]
    public void Of_when_the_same_one_is_added_and_dropped_then_it_is_added_as_in_docker() => Assert.Contains("CAP_CHOWN", Of("CHOWN", "CHOWN"));

    [Fact]
    public void Of_when_privileged_then_all_that_the_kernel_knows_and_no_more()
    {
        Assert.Equal(LinuxCapabilities.All, Of("", "ALL", privileged: true));
        Assert.Equal(LinuxCapabilities.All.Take(38), Capabilities.Of([], [], privileged: true, last: 37));
    }

    [Theory]
    [InlineData("NONSENSE", "CAP_NONSENSE")]
    [InlineData("CAP_", "CAP_")]
    [InlineData("", "CAP_")]
    [InlineData("CAP_ALL", "CAP_ALL")]
    public void Unknown_when_it_is_no_capability_then_its_full_name(string name, string shown) => Assert.Equal(shown, Capabilities.Unknown(["CHOWN", name]));

    [Fact]
    public void Unknown_when_all_are_known_then_null() => Assert.Null(Capabilities.Unknown(["ALL", "all", "chown", "CAP_BPF"]));
}
