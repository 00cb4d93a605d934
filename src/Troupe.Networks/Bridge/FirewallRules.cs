using System.Globalization;
using System.Text;
using Troupe.Networks.Ipam;

namespace Troupe.Networks.Bridge;

/// <summary>
/// The instance's nftables table as text. Pure. An accept of ours ends the walk through our own table only: a drop of the host's own rules
/// stands. Applying is idempotent; networks meet in maps, so that one network's rules never need another's.
/// <code>
/// postrouting: ip saddr vmap @masquerade_from  -> from-BRIDGE: leaves by another link? masquerade
/// forward:     oifname vmap @forward_to        -> to-BRIDGE:   same bridge, replies, published ports: accept; the rest: drop
///              between two guarded links       -> drop         (links that could not forward before we turned forwarding on)
/// </code>
/// </summary>
internal static class FirewallRules
{
    /// <summary>The table and the network's chains; <see cref="Join"/> follows.</summary>
    public static string Apply(string table, string bridge)
    {
        var text = new StringBuilder();
        AddBase(text, table);
        Chain(text, table, $"from-{bridge}", [$"oifname != \"{bridge}\" masquerade"]);
        Chain(text, table, $"to-{bridge}",
        [
            $"iifname \"{bridge}\" accept",
            "ct state established,related accept",
            "ct status dnat accept",
            "drop",
        ]);
        return text.ToString();
    }

    /// <summary>
    /// Leads packets to the network's chains. A transaction of its own: libnftables 1.0.6 answers ENOENT to an interval that jumps to a
    /// chain of the same transaction.
    /// </summary>
    public static string Join(string table, string bridge, Ipv4Subnet subnet) =>
        $"add element ip {table} masquerade_from {{ {subnet} : jump from-{bridge} }}\n"
        + $"add element ip {table} forward_to {{ \"{bridge}\" : jump to-{bridge} }}\n";

    /// <summary>Takes a network's former subnet out, whether or not it is in. To be run after <see cref="Apply"/>.</summary>
    public static string ForgetSubnet(string table, string bridge, Ipv4Subnet subnet) =>
        $"add element ip {table} masquerade_from {{ {subnet} : jump from-{bridge} }}\n"
        + $"delete element ip {table} masquerade_from {{ {subnet} }}\n";

    /// <summary>The links between which nothing is forwarded although the node now forwards.</summary>
    public static string Guard(string table, IReadOnlyCollection<string> links)
    {
        var text = new StringBuilder();
        AddBase(text, table);
        foreach (var link in links) Line(text, $"add element ip {table} guarded {{ \"{link}\" }}");
        return text.ToString();
    }

    /// <summary>Removes the table, whether or not it is there.</summary>
    public static string Remove(string table) => $"add table ip {table}\ndelete table ip {table}\n";

    private static void AddBase(StringBuilder text, string table)
    {
        Line(text, $"add table ip {table}");
        // 100 is srcnat, 0 is filter: the words came with nftables 0.9.
        Line(text, $"add chain ip {table} postrouting {{ type nat hook postrouting priority 100 ; policy accept ; }}");
        Line(text, $"add chain ip {table} forward {{ type filter hook forward priority 0 ; policy accept ; }}");
        Line(text, $"add map ip {table} masquerade_from {{ type ipv4_addr : verdict ; flags interval ; }}");
        Line(text, $"add map ip {table} forward_to {{ type ifname : verdict ; }}");
        Line(text, $"add set ip {table} guarded {{ type ifname ; }}");
        Line(text, $"flush chain ip {table} postrouting");
        Line(text, $"flush chain ip {table} forward");
        Line(text, $"add rule ip {table} postrouting ip saddr vmap @masquerade_from");
        Line(text, $"add rule ip {table} forward oifname vmap @forward_to");
        Line(text, $"add rule ip {table} forward iifname @guarded oifname @guarded drop");
    }

    private static void Chain(StringBuilder text, string table, string chain, string[] rules)
    {
        Line(text, $"add chain ip {table} {chain}");
        Line(text, $"flush chain ip {table} {chain}");
        foreach (var rule in rules) Line(text, $"add rule ip {table} {chain} {rule}");
    }

    private static void Line(StringBuilder text, string line) => text.Append(CultureInfo.InvariantCulture, $"{line}\n");
}
