using System.Security.Cryptography;
using System.Text;

namespace Troupe.Integration.Tests.Harness;

/// <summary>What is left on this machine of one node: everything that it makes outside its folders carries its name.</summary>
internal static class LeakCheck
{
    /// <summary>First six hex digits of the SHA-256 of the data root.</summary>
    public static string InstanceOf(string dataRoot) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataRoot)))[..6];

    /// <summary>
    /// Mounts and processes with the node's folder in their path, links <c>trp[inst]*</c>, cgroups <c>troupe-[inst]</c> and the nftables
    /// table of that name. Empty: nothing is left.
    /// </summary>
    public static async Task<IReadOnlyList<string>> FindAsync(string folder, string dataRoot)
    {
        var instance = InstanceOf(dataRoot);
        var tables = await Command.RunAsync(Programs.Find("nft"), ["list", "tables"]);
        return
        [
            .. Processes(folder),
            .. File.ReadAllLines("/proc/self/mountinfo").Where(l => l.Contains(folder, StringComparison.Ordinal)).Select(l => "mount " + l),
            .. Links(instance).Select(l => "link " + l),
            .. Cgroups(instance).Select(c => "cgroup " + c),
            .. tables.Output.Split('\n').Where(t => t.Contains($"troupe-{instance}", StringComparison.Ordinal)),
        ];
    }

    /// <summary>Cleans up after a failed test, so that the next one finds the machine as it was.</summary>
    public static async Task RemoveAsync(IEnumerable<string> left)
    {
        foreach (var words in left.Select(l => l.Split(' ')))
        {
            string[] command = words[0] switch
            {
                "process" => ["/bin/kill", "-KILL", words[1]],
                "mount" => [Programs.Find("umount"), "-l", words[5]],
                "link" => [Programs.Find("ip"), "link", "delete", words[1]],
                "cgroup" => [Programs.Find("rmdir"), words[1]],
                _ => [Programs.Find("nft"), "delete", .. words],
            };
            await Command.RunAsync(command[0], command[1..]);
        }
    }

    public static IEnumerable<string> Links(string instance) =>
        Directory.GetFileSystemEntries("/sys/class/net", $"trp{instance}*").Select(p => Path.GetFileName(p));

    /// <summary>Groups of the node in every hierarchy, deepest first.</summary>
    public static IEnumerable<string> Cgroups(string instance) =>
        Directory.GetDirectories("/sys/fs/cgroup").Prepend("/sys/fs/cgroup")
            .SelectMany(h => Directory.GetDirectories(h, $"troupe-{instance}*"))
            .SelectMany(g => Directory.GetDirectories(g, "*", SearchOption.AllDirectories).Append(g))
            .Distinct().OrderByDescending(g => g.Length);

    /// <summary>Processes other than ours whose command line names the folder.</summary>
    public static IEnumerable<string> Processes(string folder)
    {
        foreach (var entry in Directory.GetDirectories("/proc").Where(e => int.TryParse(Path.GetFileName(e), out _)))
        {
            var line = Read(entry + "/cmdline");
            if (line.Contains(folder, StringComparison.Ordinal)) yield return $"process {Path.GetFileName(entry)} {line.Replace('\0', ' ')}";
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
