namespace Troupe.Integration.Tests.Harness;

/// <summary>Everything of a running node on the machine, in a form that compares.</summary>
internal static class NodeState
{
    private static readonly string[] PerContainer = ["containers", "snapshots", "content/ingest"];

    /// <summary>
    /// Mounts, links, groups and tables by name; the entries of the folders that containers and pulls use; the processes that name
    /// the node's folder (trouped and its shims).
    /// </summary>
    public static async Task<string> ReadAsync(TroupedNode node)
    {
        var left = await LeakCheck.FindAsync(node.Folder, node.DataRoot);
        var entries = PerContainer.Select(f => Path.Combine(node.DataRoot, f)).Append(Path.Combine(node.ExecRoot, "s"))
            .SelectMany(f => Directory.Exists(f) ? Directory.GetFileSystemEntries(f) : []);
        return string.Join('\n', left.Where(l => !l.StartsWith("process", StringComparison.Ordinal))
            .Concat(entries).Order(StringComparer.Ordinal).Append($"processes: {left.Count(IsProcessOfNode)}"));
    }

    /// <summary>Waits until the node has on the machine what it had before; fails with both.</summary>
    public static async Task ExpectAsync(TroupedNode node, string before)
    {
        var after = "";
        try
        {
            await Poll.UntilAsync("the node's state is as before", TimeSpan.FromSeconds(20), async () => (after = await ReadAsync(node)) == before);
        }
        catch (Xunit.Sdk.XunitException)
        {
            Assert.Equal(before, after);
            throw;
        }
    }

    private static bool IsProcessOfNode(string line) =>
        line.StartsWith("process", StringComparison.Ordinal) && !line.Contains("strace", StringComparison.Ordinal);
}
