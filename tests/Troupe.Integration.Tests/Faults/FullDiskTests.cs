using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.Faults;

/// <summary>The disk of the data root is full: what needs the journal is refused with the reason, what runs goes on, nothing is half made.</summary>
public class FullDiskTests(RegistryFixture registry)
{
    private const int DiskMib = 48;

    [Fact]
    public async Task Commands_fail_clearly_while_the_disk_is_full_and_all_works_when_there_is_room_again()
    {
        Assert.SkipWhen(TroupedNode.IsPeer, "dockerd keeps no journal");
        await using var node = await TroupedNode.StartOnDiskAsync(DiskMib);
        (await node.Docker.RunAsync("run", "-d", "--name", "before", registry.Busybox, "sleep", "1000")).ExpectSuccess();
        var filler = Path.Combine(node.DataRoot, "filler");
        await Command.RunAsync(Programs.Find("dd"), ["if=/dev/zero", $"of={filler}", "bs=64k"]);

        Assert.Contains("disk is full", (await node.Docker.RunAsync("create", "--name", "during", registry.Busybox, "true")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("disk is full", (await node.Docker.RunAsync("stop", "-t", "0", "before")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal("before running", (await node.Docker.RunAsync("ps", "-a", "--format", "{{.Names}} {{.State}}")).ExpectSuccess().Line);

        File.Delete(filler);
        await Poll.UntilAsync("the scheduler's journal is written again", Command.Limit,
            async () => (await node.Docker.RunAsync("create", "--name", "during", registry.Busybox, "echo", "after")).ExitCode == 0);
        Assert.Equal("after", (await node.Docker.RunAsync("start", "-a", "during")).ExpectSuccess().Line);
        (await node.Docker.RunAsync("stop", "-t", "0", "before")).ExpectSuccess();
        Assert.Equal("137", await node.Docker.InspectAsync("before", "{{.State.ExitCode}}"));
    }
}
