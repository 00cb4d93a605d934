using Troupe.Networks.Ipam;

namespace Troupe.Networks.Tests.Ipam;

public sealed class Ipv4SubnetTests
{
    [Theory]
    [InlineData("172.17.0.0/24", "172.17.0.1", "172.17.0.254", "172.17.0.255")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "10.255.255.254", "10.255.255.255")]
    [InlineData("10.0.0.8/30", "10.0.0.9", "10.0.0.10", "10.0.0.11")]
    [InlineData("10.0.0.8/31", "10.0.0.8", "10.0.0.9", "10.0.0.9")]
    [InlineData("10.0.0.8/32", "10.0.0.8", "10.0.0.8", "10.0.0.8")]
    [InlineData("0.0.0.0/0", "0.0.0.1", "255.255.255.254", "255.255.255.255")]
    public void Subnet_when_parsed_then_its_bounds_are_right(string text, string first, string last, string broadcast)
    {
        var subnet = Ipv4Subnet.Parse(text);

        Assert.Equal(text, subnet.ToString());
        Assert.Equal((first, last, broadcast), (Ipv4.Format(subnet.FirstHost), Ipv4.Format(subnet.LastHost), Ipv4.Format(subnet.Broadcast)));
    }

    [Theory]
    [InlineData("172.17.0.1/24")]
    [InlineData("172.17.0.0")]
    [InlineData("172.17.0.0/33")]
    [InlineData("172.17.0.0/-1")]
    [InlineData("172.17.0/24")]
    [InlineData("172.17.0.256/24")]
    [InlineData("172.017.0.0/24")]
    [InlineData("fd00::/64")]
    [InlineData("/24")]
    [InlineData("")]
    public void Parse_when_it_is_no_subnet_then_it_throws(string text) =>
        Assert.Throws<FormatException>(() => Ipv4Subnet.Parse(text));

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", true)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", true)]
    [InlineData("10.0.0.0/24", "10.0.1.0/24", false)]
    [InlineData("0.0.0.0/0", "10.0.1.0/24", true)]
    public void Overlaps_when_one_holds_the_other_then_true(string one, string other, bool expected) =>
        Assert.Equal(expected, Ipv4Subnet.Parse(one).Overlaps(Ipv4Subnet.Parse(other)));

    [Fact]
    public void Overlaps_when_any_two_subnets_then_the_same_as_sharing_an_address()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var one = Ipv4Subnet.Of((uint)random.NextInt64(1L << 32), random.Next(33));
            var other = Ipv4Subnet.Of(one.Network ^ (1u << random.Next(32)), random.Next(33));
            var doShare = Math.Max(one.Network, other.Network) <= Math.Min(one.Broadcast, other.Broadcast);
            Assert.True(one.Overlaps(other) == doShare && other.Overlaps(one) == doShare, $"seed {seed}: {one} {other}");
            Assert.True(Ipv4Subnet.Parse(one.ToString()) == one, $"seed {seed}: {one}");
        }
    }
}
