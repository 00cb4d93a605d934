using Troupe.Integration.Tests.Harness;

namespace Troupe.Benchmarks;

/// <summary>
/// Debian's dockerd, for comparison, in a network namespace of its own: its bridge and firewall rules go away with it. Not by
/// <c>ip netns exec</c>, whose new mount of /sys would hide the cgroups from it.
/// </summary>
internal sealed class PeerNode : IAsyncDisposable
{
    private const string CgroupRoot = "/sys/fs/cgroup";
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly string _name = $"trpbench{Environment.ProcessId}";
    private Command? _process;

    public DockerCli Docker => field ??= new DockerCli(Host, _folder["docker"]);

    public string Host => $"unix://{_folder["d.sock"]}";

    public static async Task<PeerNode> StartAsync()
    {
        var node = new PeerNode();
        (await Command.RunAsync(Programs.Find("ip"), ["netns", "add", node._name])).ExpectSuccess();
        (await Command.RunAsync(Programs.Find("ip"), ["-n", node._name, "link", "set", "lo", "up"])).ExpectSuccess();
        node._process = Command.Start(Programs.Find("nsenter"),
        [
            $"--net=/run/netns/{node._name}", Programs.Find("dockerd"), "--data-root", node._folder["data"], "--exec-root", node._folder["exec"],
            "--host", node.Host, "--pidfile", node._folder["dockerd.pid"], "--bip", "10.231.7.1/24", "--cgroup-parent", "/" + node._name,
        ]);
        await Poll.UntilAsync("dockerd answers", ReadyLimit, async () =>
        {
            if (node._process.HasExited) throw new InvalidOperationException($"dockerd ended:\n{node._process.Error}");
            return (await node.Docker.RunAsync("version")).ExitCode == 0;
        });
        return node;
    }

    /// <summary>Gives it an image of a registry that it can't reach from its namespace.</summary>
    public async Task LoadAsync(string image)
    {
        var archive = _folder["image.tar"];
        (await Command.RunAsync(
            Programs.Find("skopeo"), ["copy", "--quiet", "--src-tls-verify=false", $"docker://{image}", $"docker-archive:{archive}:{image}:latest"])).ExpectSuccess();
        (await Docker.RunAsync("load", "--quiet", "--input", archive)).ExpectSuccess();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await Command.RunAsync("/bin/kill", ["-TERM", $"{_process.Pid}"]);
            await _process.WaitAsync(StopLimit);
        }

        if (_process is not null) await _process.DisposeAsync();
        await Command.RunAsync(Programs.Find("ip"), ["netns", "delete", _name]);
        foreach (var group in Directory.GetDirectories(CgroupRoot).Prepend(CgroupRoot).Select(d => Path.Combine(d, _name)).Where(Directory.Exists))
            Directory.Delete(group);
        _folder.Dispose();
    }
}
