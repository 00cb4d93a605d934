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
        var before = await NodeState.ReadAsync(node);
        var descriptors = Directory.GetFiles($"/proc/{node.Pid}/fd").Length;

        await Parallel.ForAsync(0, Runs, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (i, _) =>
            Assert.Equal($"run {i}", (await node.Docker.RunAsync("run", "--rm", registry.Busybox, "echo", $"run {i}")).ExpectSuccess().Line));

        Assert.Empty((await node.Docker.RunAsync("ps", "-aq")).ExpectSuccess().Line);
        await NodeState.ExpectAsync(node, before);
        Assert.InRange(Directory.GetFiles($"/proc/{node.Pid}/fd").Length, 0, descriptors + Runs / 2);
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
}
