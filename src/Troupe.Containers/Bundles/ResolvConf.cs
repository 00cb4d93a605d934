using System.Net;

namespace Troupe.Containers.Bundles;

/// <summary>A container's /etc/resolv.conf (resolv.conf(5)).</summary>
internal static class ResolvConf
{
    /// <summary>
    /// What the user said wins; then the servers that the network gives; then the host's, without those on the host's loopback unless
    /// the container shares the host's network.
    /// </summary>
    public static string Of(string hostFile, string[] dns, string[] search, string[] options, string[] networkServers, bool sharesHost)
    {
        var hostServers = Values(hostFile, "nameserver").Select(First).Where(s => sharesHost || !IsLoopback(s));
        var servers = dns.Length > 0 ? dns : networkServers.Length > 0 ? networkServers : [.. hostServers];
        var domains = search.Length > 0 ? search : [.. Values(hostFile, "search").LastOrDefault("").Split(' ', '\t')];
        var settings = options.Length > 0 ? options : [.. Values(hostFile, "options").SelectMany(v => v.Split(' ', '\t'))];
        var lines = servers.Select(s => "nameserver " + s).ToList();
        AddList(lines, "search", domains.Where(d => d != "."));
        AddList(lines, "options", settings);
        return lines.Count == 0 ? "" : string.Join('\n', lines) + "\n";
    }

    private static void AddList(List<string> lines, string keyword, IEnumerable<string> values)
    {
        var text = string.Join(' ', values.Where(v => v.Length > 0));
        if (text.Length > 0) lines.Add($"{keyword} {text}");
    }

    private static IEnumerable<string> Values(string file, string keyword) => file.Split('\n')
        .Select(line => line.Trim())
        .Where(line => line.Length > keyword.Length && line.StartsWith(keyword, StringComparison.Ordinal)
            && char.IsWhiteSpace(line[keyword.Length]))
        .Select(line => line[keyword.Length..].Trim());

    private static string First(string value) => value.Split(' ', '\t', '#', ';')[0];

    private static bool IsLoopback(string server) => IPAddress.TryParse(server, out var address) && IPAddress.IsLoopback(address);
}
