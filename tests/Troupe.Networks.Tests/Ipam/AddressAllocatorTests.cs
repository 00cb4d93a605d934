using Troupe.Networks.Ipam;

namespace Troupe.Networks.Tests.Ipam;

public sealed class AddressAllocatorTests
{
    private static readonly Ipv4Subnet Subnet = Ipv4Subnet.Parse("172.17.0.0/24");
    private static readonly uint Gateway = Ipv4.Parse("172.17.0.1");

    [Fact]
    public void Allocate_when_nothing_is_used_then_the_first_after_the_gateway() =>
        Assert.Equal("172.17.0.2", Ipv4.Format(AddressAllocator.Allocate(Subnet, Gateway, next: 0, new HashSet<uint>())!.Value));

    [Fact]
    public void Allocate_when_the_end_is_reached_then_it_goes_round_and_skips_network_gateway_and_broadcast()
    {
        var next = Ipv4.Parse("172.17.0.254");
        Assert.Equal(next, AddressAllocator.Allocate(Subnet, Gateway, next, new HashSet<uint>()));
        Assert.Equal("172.17.0.2", Ipv4.Format(AddressAllocator.Allocate(Subnet, Gateway, next + 1, new HashSet<uint>())!.Value));
    }

    [Fact]
    public void Allocate_when_all_are_used_then_null_after_253_addresses()
    {
        var used = new HashSet<uint>();
        while (AddressAllocator.Allocate(Subnet, Gateway, 0, used) is { } address) Assert.True(used.Add(address));

        Assert.Equal(253, used.Count);
        Assert.DoesNotContain(Subnet.Network, used);
        Assert.DoesNotContain(Subnet.Broadcast, used);
        Assert.DoesNotContain(Gateway, used);
    }

    [Fact]
    public void Allocate_when_addresses_come_and_go_at_random_then_each_is_free_in_range_and_reused_as_late_as_possible()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var subnet = Ipv4Subnet.Parse("10.9.8.0/28");
        var gateway = subnet.FirstHost;
        var used = new HashSet<uint>();
        uint next = 0;
        for (var round = 0; round < 50_000; round++)
        {
            if (used.Count > 0 && random.Next(2) == 0)
            {
                used.Remove(used.ElementAt(random.Next(used.Count)));
                continue;
            }

            var allocated = AddressAllocator.Allocate(subnet, gateway, next, used);
            Assert.True(allocated is null == (used.Count == 13), $"seed {seed}, round {round}");
            if (allocated is not { } address) continue;
            Assert.True(subnet.Contains(address) && address != gateway && address != subnet.Network && address != subnet.Broadcast, $"seed {seed}");
            Assert.True(used.Add(address), $"seed {seed}, round {round}: given twice");
            next = address + 1;
        }
    }

    [Fact]
    public void Allocate_when_one_is_freed_then_the_others_come_first()
    {
        var used = new HashSet<uint>();
        var first = AddressAllocator.Allocate(Subnet, Gateway, 0, used)!.Value;
        var given = new List<uint>();
        for (var next = first + 1; given.Count < 252; next = given[^1] + 1)
            given.Add(AddressAllocator.Allocate(Subnet, Gateway, next, used)!.Value);

        Assert.DoesNotContain(first, given);
        Assert.Equal(first, AddressAllocator.Allocate(Subnet, Gateway, given[^1] + 1, used));
    }

    [Fact]
    public void HardwareAddress_when_derived_then_as_docker_does() =>
        Assert.Equal("02:42:ac:11:00:02", AddressAllocator.HardwareAddress(Ipv4.Parse("172.17.0.2")));
}
