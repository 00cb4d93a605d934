using System.Net;
using System.Net.Sockets;

namespace Troupe.Networks.Resolver;

/// <summary>What a container's resolv.conf takes from the host's. Pure.</summary>
/// <param name="Servers">IPv4 only: the network has no IPv6. Never empty.</param>
public sealed record HostResolver(string[] Servers, string[] Search, string[] Options)
{
    public const string Path = "/etc/resolv.conf";

    /// <summary>Where systemd-resolved keeps the true servers when <see cref="Path"/> only names its own stub.</summary>
    public const string SystemdPath = "/run/systemd/resolve/resolv.conf";

    // Docker's choice for a host that has no usable server.
    private static readonly string[] Fallback = ["8.8.8.8", "8.8.4.4"];

    /// <summary>True when the file names systemd-resolved's stub and nothing else.</summary>
    public static bool IsSystemdStub(string text) => NameServers(text) is ["127.0.0.53"];

    /// <summary>Servers of the loopback are left out: the container's loopback is another. Unknown lines are skipped, as resolv.conf(5) says.</summary>
    public static HostResolver Parse(string text)
    {
        var servers = NameServers(text)
            .Where(server => IPAddress.TryParse(server, out var address)
                && address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
            .Distinct()
            .Take(Limits.DnsServersMax)
            .ToArray();
        return new HostResolver(servers.Length > 0 ? servers : Fallback, LastOf(text, "search"), LastOf(text, "options"));
    }

    private static string[] NameServers(string text) =>
        [.. Lines(text).Where(words => words is ["nameserver", _, ..]).Select(words => words[1])];

    // The last line of a kind wins.
    private static string[] LastOf(string text, string keyword) =>
        Lines(text).LastOrDefault(words => words.Length > 1 && words[0] == keyword)?[1..].Take(Limits.DnsSearchMax).ToArray() ?? [];

    private static IEnumerable<string[]> Lines(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var line in text.Split('\n'))
        {
            var comment = line.AsSpan().IndexOfAny('#', ';');
            var words = (comment < 0 ? line : line[..comment])
                .Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0) yield return words;
        }
    }
}
