using System.Text;

namespace Troupe.Containers.Bundles;

/// <summary>A container's /etc/hosts.</summary>
internal static class HostsFile
{
    private const string Standard =
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n"
        + "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    /// <summary>With network <c>host</c>: the host's own file.</summary>
    public static string OfHost(string hostFile, IEnumerable<string> extra) => WithExtra(hostFile, extra, gateway: "");

    /// <summary>With an address of its own, or none.</summary>
    public static string Of(string address, string gateway, string hostname, string domainname, IEnumerable<string> extra)
    {
        var text = WithExtra(Standard, extra, gateway);
        if (address.Length == 0 || hostname.Length == 0) return text;
        var names = domainname.Length == 0 ? hostname : $"{hostname}.{domainname} {hostname}";
        return text + $"{address}\t{names}\n";
    }

    /// <summary>Lines for <c>name:address</c> or <c>name=address</c>; <c>host-gateway</c> stands for the network's gateway.</summary>
    private static string WithExtra(string text, IEnumerable<string> extra, string gateway)
    {
        var all = new StringBuilder(text);
        if (all.Length > 0 && all[^1] != '\n') all.Append('\n');
        foreach (var entry in extra)
        {
            if (!TrySplit(entry, out var name, out var address)) continue;
            if (address == "host-gateway") address = gateway;
            if (address.Length > 0) all.Append(address).Append('\t').Append(name).Append('\n');
        }

        return all.ToString();
    }

    /// <summary>False when the entry is not <c>name:address</c>.</summary>
    public static bool TrySplit(string entry, out string name, out string address)
    {
        var at = entry.IndexOfAny([':', '=']);
        (name, address) = at > 0 ? (entry[..at], entry[(at + 1)..].Trim('[', ']')) : ("", "");
        return at > 0 && !entry.AsSpan().ContainsAny('\n', '\r', '\0')
            && (address == "host-gateway" || System.Net.IPAddress.TryParse(address, out _));
    }
}
