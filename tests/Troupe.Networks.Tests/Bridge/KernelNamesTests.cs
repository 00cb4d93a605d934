using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;
using Troupe.Networks.Networks;

namespace Troupe.Networks.Tests.Bridge;

public sealed class KernelNamesTests
{
    [Fact]
    public void Names_when_made_then_they_fit_and_begin_with_the_instance()
    {
        Assert.Equal("trpa1b2c30", KernelNames.DefaultBridge("a1b2c3"));
        Assert.Equal("trpa1b2c3v01234", KernelNames.Veth("a1b2c3", "0123456789"));
        Assert.Equal(15, KernelNames.Veth("a1b2c3", "0123456789").Length);
        Assert.Equal("troupe-a1b2c3", KernelNames.Table("a1b2c3"));
        Assert.NotEqual(KnownNetworks.IdOf("a1b2c3", "bridge"), KnownNetworks.IdOf("a1b2c4", "bridge"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a1b2c")]
    [InlineData("A1B2C3")]
    [InlineData("a1b2c\"")]
    public void Names_when_the_instance_is_not_six_hex_digits_then_they_throw(string instance) =>
        Assert.Throws<ArgumentException>(() => KernelNames.Table(instance));

    [Fact]
    public void Rules_when_built_then_they_are_the_reviewed_text()
    {
        Assert.Equal(
            """
            add table ip troupe-a1b2c3
            add chain ip troupe-a1b2c3 postrouting { type nat hook postrouting priority 100 ; policy accept ; }
            add chain ip troupe-a1b2c3 forward { type filter hook forward priority 0 ; policy accept ; }
            add map ip troupe-a1b2c3 masquerade_from { type ipv4_addr : verdict ; flags interval ; }
            add map ip troupe-a1b2c3 forward_to { type ifname : verdict ; }
            add set ip troupe-a1b2c3 guarded { type ifname ; }
            flush chain ip troupe-a1b2c3 postrouting
            flush chain ip troupe-a1b2c3 forward
            add rule ip troupe-a1b2c3 postrouting ip saddr vmap @masquerade_from
            add rule ip troupe-a1b2c3 forward oifname vmap @forward_to
            add rule ip troupe-a1b2c3 forward iifname @guarded oifname @guarded drop
            add chain ip troupe-a1b2c3 from-trpa1b2c30
            flush chain ip troupe-a1b2c3 from-trpa1b2c30
            add rule ip troupe-a1b2c3 from-trpa1b2c30 oifname != "trpa1b2c30" masquerade
            add chain ip troupe-a1b2c3 to-trpa1b2c30
            flush chain ip troupe-a1b2c3 to-trpa1b2c30
            add rule ip troupe-a1b2c3 to-trpa1b2c30 iifname "trpa1b2c30" accept
            add rule ip troupe-a1b2c3 to-trpa1b2c30 ct state established,related accept
            add rule ip troupe-a1b2c3 to-trpa1b2c30 ct status dnat accept
            add rule ip troupe-a1b2c3 to-trpa1b2c30 drop
            add element ip troupe-a1b2c3 masquerade_from { 172.17.0.0/24 : jump from-trpa1b2c30 }
            add element ip troupe-a1b2c3 forward_to { "trpa1b2c30" : jump to-trpa1b2c30 }

            """,
            FirewallRules.Apply("troupe-a1b2c3", "trpa1b2c30")
            + FirewallRules.Join("troupe-a1b2c3", "trpa1b2c30", Ipv4Subnet.Parse("172.17.0.0/24")));
    }
}
