using Troupe.Linux.Programs;
using Troupe.Networks;

namespace Troupe.Daemon.Hosting;

/// <summary>
/// A node that stops without a running container takes its shared kernel objects along: bridge, nftables table, parent cgroups. They are
/// made again at the next start. With a container running everything stays, for the container goes on.
/// </summary>
internal static class NodeSweep
{
    private const string CgroupRoot = "/sys/fs/cgroup";

    /// <summary>
    /// Whether something runs is asked of the kernel and not of the index: a node that is stopped before it has recovered knows nothing yet.
    /// </summary>
    public static void Run(string instance, ILogger logger)
    {
        var groups = Directory.GetDirectories(CgroupRoot).Append(CgroupRoot)
            .Select(h => Path.Combine(h, $"troupe-{instance}")).Where(Directory.Exists).ToList();
        if (groups.Any(g => Directory.EnumerateDirectories(g).Any())) return;
        try
        {
            NetworksFactory.RemoveAll(instance);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            Lines.SweepFailed(logger, e.Message);
        }

        // rmdir refuses a group that holds another after all.
        foreach (var group in groups) DescriptorFiles.RemoveDirectory(group);
    }
}
