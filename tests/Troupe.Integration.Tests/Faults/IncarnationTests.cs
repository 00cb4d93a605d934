using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.Faults;

/// <summary>The process outlives its actor systems: clients with open streams do not notice that one ended.</summary>
public class IncarnationTests(RegistryFixture registry)
{
    private const string Counting = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.01; done";

    [Fact]
    public async Task Attach_followed_logs_and_a_wait_go_on_while_the_actor_system_is_rebuilt_three_times()
    {
        Assert.SkipWhen(TroupedNode.IsPeer, "it is about the inside of trouped");
        await using var node = await InProcessNode.StartAsync();
        (await node.Docker.RunAsync("run", "-d", "--name", "counter", registry.Busybox, "sh", "-c", Counting)).ExpectSuccess();
        var pid = await node.Docker.InspectAsync("counter", "{{.State.Pid}}");
        await using var logs = node.Docker.Start("logs", "-f", "counter");
        await using var attach = node.Docker.Start("attach", "--no-stdin", "--sig-proxy=false", "counter");
        await using var wait = node.Docker.Start("wait", "counter");
        await AdvanceAsync(logs, attach);

        for (var round = 0; round < 3; round++)
        {
            await node.RebuildAsync();
            await AdvanceAsync(logs, attach);
            Assert.Equal("counter", (await node.Docker.RunAsync("ps", "--format", "{{.Names}}")).ExpectSuccess().Line);
            Assert.Equal(pid, await node.Docker.InspectAsync("counter", "{{.State.Pid}}"));
        }

        (await node.Docker.RunAsync("kill", "counter")).ExpectSuccess();
        var ofLogs = Numbers((await logs.WaitAsync(Command.Limit)).ExpectSuccess().Output);
        var ofAttach = Numbers((await attach.WaitAsync(Command.Limit)).Expect(137).Output);
        Assert.Equal(Enumerable.Range(1, ofLogs.Length), ofLogs);
        Assert.Equal(Enumerable.Range(ofAttach[0], ofAttach.Length), ofAttach);
        Assert.Equal(ofLogs[^1], ofAttach[^1]);
        Assert.Equal("137", (await wait.WaitAsync(Command.Limit)).ExpectSuccess().Line);
    }

    /// <summary>Both are alive when both have written twenty lines more.</summary>
    private static async Task AdvanceAsync(params Command[] readers)
    {
        foreach (var reader in readers)
        {
            var before = reader.Output.Length;
            await Poll.UntilAsync("the stream goes on", Command.Limit, () =>
            {
                Assert.False(reader.HasExited, $"the client ended: {reader.Error}");
                return reader.Output.Length > before + (20 * "line 1\n".Length);
            });
        }
    }

    private static int[] Numbers(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => int.Parse(l["line ".Length..], null))];
}
