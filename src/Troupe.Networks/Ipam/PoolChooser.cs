namespace Troupe.Networks.Ipam;

/// <summary>The choice of a network's subnet. Pure.</summary>
public static class PoolChooser
{
    /// <summary>
    /// The first subnet of the pools that overlaps nothing of <paramref name="taken"/>, with its first host as gateway; null when all are
    /// taken. A default route (/0) in <paramref name="taken"/> takes nothing.
    /// </summary>
    public static Ipv4Interface? Choose(IEnumerable<AddressPool> pools, IReadOnlyCollection<Ipv4Subnet> taken)
    {
        ArgumentNullException.ThrowIfNull(pools);
        ArgumentNullException.ThrowIfNull(taken);
        var busy = taken.Where(subnet => subnet.PrefixLength > 0).ToArray();
        foreach (var subnet in pools.SelectMany(pool => pool.Subnets()))
            if (!busy.Any(subnet.Overlaps))
                return new Ipv4Interface(subnet.FirstHost, subnet.PrefixLength);
        return null;
    }
}
