using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.FirstRun;

/// <summary>Nothing of a container stays when it is removed, and nothing of a node when it stops.</summary>
public class LeakTests(RegistryFixture registry)
{
    private const int Runs = 100;
    private const int Clients = 4;

    [Fact]
    public async Task A_hundred_runs_leave_nothing()
    {
        await using var node = await TroupedNode.StartAsync();
        (await node.Docker.RunAsync("run", "--rm", registry.Busybox, "true")).ExpectSuccess();
        var before = await StateAsync(node);

        await Parallel.ForAsync(0, Runs, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (i, _) =>
            Assert.Equal($"run {i}", (await node.Docker.RunAsync("run", "--rm", registry.Busybox, "echo", $"run {i}")).ExpectSuccess().Line));

        Assert.Empty((await node.Docker.RunAsync("ps", "-aq")).ExpectSuccess().Line);
        string after = "";
        try
        {
            await Poll.UntilAsync("links, groups, processes, mounts and folders are as before", Command.Limit, async () => (after = await StateAsync(node)) == before);
        }
        catch (Xunit.Sdk.XunitException)
        {
            Assert.Equal(before, after);
        }
    }

    [Fact]
    public async Task A_container_leaves_its_folders_when_removed()
    {
        await using var node = await TroupedNode.StartAsync();
        var id = (await node.Docker.RunAsync("run", "-d", registry.Busybox, "sleep", "1000")).ExpectSuccess().Line;
        Assert.NotEmpty(Entries(node, id));
        (await node.Docker.RunAsync("rm", "-f", id)).ExpectSuccess();
        await Poll.UntilAsync("no file is named after the container", Command.Limit, () => Entries(node, id).Length == 0);
    }

    private static string[] Entries(TroupedNode node, string id) =>
        [.. new[] { node.DataRoot, node.ExecRoot }.SelectMany(r => Directory.GetFileSystemEntries(r, $"*{id[..20]}*", SearchOption.AllDirectories))];

    /// <summary>Everything of the node on the machine, in a form that compares.</summary>
    private static async Task<string> StateAsync(TroupedNode node)
    {
        var left = (await LeakCheck.FindAsync(node.Folder, node.DataRoot)).Where(l => !l.StartsWith("process", StringComparison.Ordinal));
        var processes = LeakCheck.Processes(node.Folder).Count();
        string[] folders = ["containers", "snapshots", "content/ingest"];
        var entries = folders.Select(f => Path.Combine(node.DataRoot, f)).Where(Directory.Exists)
            .Select(f => $"{f}: {Directory.GetFileSystemEntries(f).Length}")
            .Append($"shims: {(Directory.Exists(node.ExecRoot + "/s") ? Directory.GetFileSystemEntries(node.ExecRoot + "/s").Length : 0)}");
        var descriptors = Directory.GetFiles($"/proc/{node.Pid}/fd").Length;
        return string.Join('\n', left.Order(StringComparer.Ordinal).Concat(entries).Append($"processes: {processes}").Append($"descriptors below 1000: {descriptors < 1000}"));
    }
}
