using Troupe.Networks.Ipam;

namespace Troupe.Networks.Tests.Ipam;

public sealed class PoolChooserTests
{
    [Theory]
    [InlineData("", "172.17.0.1/24")]
    [InlineData("172.17.0.0/16", "172.18.0.1/24")]
    [InlineData("172.17.0.128/25", "172.17.1.1/24")]
    [InlineData("0.0.0.0/0", "172.17.0.1/24")]
    [InlineData("172.16.0.0/12", "192.168.0.1/24")]
    [InlineData("172.17.0.0/24 172.17.1.0/24 172.17.3.0/24", "172.17.2.1/24")]
    public void Choose_when_routes_exist_then_the_first_that_overlaps_none(string taken, string expected) =>
        Assert.Equal(expected, PoolChooser.Choose(AddressPool.Defaults, Subnets(taken))?.ToString());

    [Fact]
    public void Choose_when_all_are_taken_then_null() =>
        Assert.Null(PoolChooser.Choose(AddressPool.Defaults, Subnets("172.16.0.0/12 192.168.0.0/16")));

    [Fact]
    public void Choose_when_each_choice_is_taken_then_the_defaults_hold_4096_networks()
    {
        var pools = AddressPool.Defaults.SelectMany(pool => pool.Subnets()).ToArray();

        Assert.Equal(4096, pools.Length);
        Assert.Equal(4096, pools.Distinct().Count());
    }

    [Fact]
    public void Choose_when_taken_subnets_are_random_then_the_choice_overlaps_none()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var taken = Enumerable.Range(0, random.Next(20))
                .Select(_ => Ipv4Subnet.Of(Ipv4.Parse("172.16.0.0") + (uint)random.Next(1 << 20), random.Next(12, 33)))
                .ToArray();
            var chosen = PoolChooser.Choose(AddressPool.Defaults, taken);
            Assert.True(chosen is not null && !taken.Any(chosen.Value.Subnet.Overlaps), $"seed {seed}, round {round}: {chosen}");
        }
    }

    [Fact]
    public void Parse_when_dockerds_form_then_the_pool()
    {
        var pool = AddressPool.Parse("base=10.10.0.0/16,size=26");

        Assert.Equal((Ipv4Subnet.Parse("10.10.0.0/16"), 26), (pool.Range, pool.Size));
        Assert.Equal(1024, pool.Subnets().Count());
    }

    [Theory]
    [InlineData("base=10.10.0.0/16")]
    [InlineData("size=24")]
    [InlineData("base=10.10.0.0/16,size=15")]
    [InlineData("base=10.10.0.0/16,size=31")]
    [InlineData("base=10.10.0.1/16,size=24")]
    [InlineData("base=10.10.0.0/16,size=24,color=red")]
    [InlineData("base=10.10.0.0/16,size=x")]
    [InlineData("")]
    public void Parse_when_it_is_wrong_then_it_throws(string text) => Assert.Throws<FormatException>(() => AddressPool.Parse(text));

    private static Ipv4Subnet[] Subnets(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Ipv4Subnet.Parse)];
}
