using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.FirstRun;

/// <summary>Two daemons on one machine know nothing of one another.</summary>
public class TwoNodesTests(RegistryFixture registry)
{
    [Fact]
    public async Task Two_nodes_with_the_same_names_do_not_touch_one_another()
    {
        await using var one = await TroupedNode.StartAsync();
        await using var two = await TroupedNode.StartAsync();
        foreach (var node in new[] { one, two })
            (await node.Docker.RunAsync("run", "-d", "--name", "same", registry.Busybox, "sleep", "1000")).ExpectSuccess();

        var first = await one.Docker.InspectAsync("same", "{{.Id}}");
        var second = await two.Docker.InspectAsync("same", "{{.Id}}");
        Assert.NotEqual(first, second);

        (await one.Docker.RunAsync("rm", "-f", "same")).ExpectSuccess();
        await one.StopAsync();
        Assert.Equal($"running|{second}", await two.Docker.InspectAsync("same", "{{.State.Status}}|{{.Id}}"));
        (await two.Docker.RunAsync("run", "--rm", registry.Busybox, "ping", "-c", "1", "-W", "5", two.Bip[..two.Bip.IndexOf('/', StringComparison.Ordinal)])).ExpectSuccess();
    }

    [Fact]
    public async Task A_second_daemon_on_the_same_root_refuses_to_start()
    {
        await using var node = await TroupedNode.StartAsync();
        var second = await Command.RunAsync(Programs.Trouped,
            ["--data-root", node.DataRoot, "--exec-root", node.ExecRoot + "2", "--host", $"unix://{node.Folder}/2.sock", "--bip", "10.198.1.1/24"]);
        Assert.NotEqual(0, second.ExitCode);
        (await node.Docker.RunAsync("ps")).ExpectSuccess();
    }

    [Fact]
    public async Task Plain_tcp_needs_its_flag_and_loopback()
    {
        using var folder = new TempFolder();
        string[] roots = ["--data-root", folder["data"], "--exec-root", folder["exec"]];
        Assert.NotEqual(0, (await Command.RunAsync(Programs.Trouped, [.. roots, "--host", "tcp://127.0.0.1:0"])).ExitCode);
        Assert.NotEqual(0, (await Command.RunAsync(Programs.Trouped, [.. roots, "--host", "tcp://0.0.0.0:0", "--insecure-loopback"])).ExitCode);
    }
}
