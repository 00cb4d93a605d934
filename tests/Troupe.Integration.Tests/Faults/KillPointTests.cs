using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.Faults;

/// <summary>
/// SIGKILL at the k-th journal write, mount, clone, netlink message or rename of an operation, by strace. After a restart the
/// operation was done or it was not, the same operation can be done (again), and nothing is left of the half.
/// strace counts per thread: a point is "the first thread that makes its k-th call". CI takes the first points of each kind;
/// TROUPE_KILL_POINTS=n takes n of each, and ends earlier where an operation makes fewer calls.
/// </summary>
public class KillPointTests(TroupedFixture fixture, RegistryFixture registry) : IClassFixture<TroupedFixture>
{
    private const string Name = "point";
    private static readonly int Points = int.Parse(Environment.GetEnvironmentVariable("TROUPE_KILL_POINTS") ?? "2", null);

    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["journal"] = "pwrite64,fdatasync,fsync",
        ["mount"] = "mount,umount2,move_mount",
        ["clone"] = "clone,clone3,vfork",
        ["netlink"] = "sendto,sendmsg",
        ["rename"] = "rename,renameat,renameat2",
    };

    private TroupedNode Node => fixture.Node;

    private DockerCli Docker => Node.Docker;

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var operation in new[] { "pull", "create", "start", "stop", "rm" })
        {
            foreach (var kind in Kinds.Keys) cases.Add(operation, kind);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_operation_was_done_or_was_not_when_killed_at(string operation, string kind)
    {
        for (var k = 1; k <= Points; k++)
        {
            await PrepareAsync(operation);
            await using (var strace = await AttachAsync(Kinds[kind], k))
            {
                await Docker.RunAsync([.. Arguments(operation)]);
                // It may have ended with trouped. SIGTERM would make it wait for a process that is dying, for ever; the kernel detaches as well.
                await Command.RunAsync("/bin/kill", ["-KILL", $"{strace.Pid}"]);
                await strace.WaitAsync(Command.Limit);
            }

            var wasKilled = await Node.EnsureRunningAsync();
            await CheckAsync(operation);
            await CleanAsync();
            if (!wasKilled && k > 1) break;
        }
    }

    private IEnumerable<string> Arguments(string operation) => operation switch
    {
        "pull" => ["pull", registry.Busybox],
        "create" => ["create", "--name", Name, registry.Busybox, "sleep", "1000"],
        "start" => ["start", Name],
        "stop" => ["stop", "-t", "0", Name],
        _ => ["rm", Name],
    };

    private async Task PrepareAsync(string operation)
    {
        await Node.EnsureRunningAsync(); // a point before this one may have failed half-way
        if (operation == "pull")
        {
            await Docker.RunAsync("rmi", registry.Busybox);
            return;
        }

        (await Docker.RunAsync("pull", registry.Busybox)).ExpectSuccess();
        if (operation == "create") return;
        (await Docker.RunAsync([.. Arguments("create")])).ExpectSuccess();
        if (operation == "stop") (await Docker.RunAsync("start", Name)).ExpectSuccess();
    }

    /// <summary>Whichever half it was, the user can go on from it.</summary>
    private async Task CheckAsync(string operation)
    {
        var state = (await Docker.RunAsync("ps", "-a", "--filter", $"name={Name}", "--format", "{{.State}}")).ExpectSuccess().Line;
        var expected = operation switch
        {
            "pull" => new[] { "" },
            "create" => ["", "created"],
            "start" => ["created", "running", "exited"],
            "stop" => ["running", "exited"],
            _ => ["created", ""],
        };
        Assert.Contains(state, expected);

        if (operation == "pull") (await Docker.RunAsync("pull", registry.Busybox)).ExpectSuccess();
        if (state == "") (await Docker.RunAsync([.. Arguments("create")])).ExpectSuccess();
        if (state != "running") (await Docker.RunAsync("start", Name)).ExpectSuccess();
        var pid = await Docker.InspectAsync(Name, "{{.State.Pid}}");
        Assert.True(Directory.Exists($"/proc/{pid}"), $"the container says running with pid {pid}, which does not exist");
    }

    /// <summary>With the container removed, the node has nothing on the machine but itself.</summary>
    private async Task CleanAsync()
    {
        (await Docker.RunAsync("rm", "-f", Name)).ExpectSuccess();
        await Poll.UntilAsync("the container's folders, groups, links and processes are gone", Command.Limit, async () =>
        {
            var state = await NodeState.ReadAsync(Node);
            return !state.Contains("/containers/", StringComparison.Ordinal) && !state.Contains("/snapshots/", StringComparison.Ordinal)
                && !state.Contains("/exec/s/", StringComparison.Ordinal) && !state.Contains("mount ", StringComparison.Ordinal)
                && LeakCheck.Links(Node.Instance).All(l => l == $"trp{Node.Instance}0")
                && LeakCheck.Cgroups(Node.Instance).All(g => Path.GetFileName(g).Length < 64)
                && state.EndsWith("processes: 1", StringComparison.Ordinal);
        });
    }

    private async Task<Command> AttachAsync(string calls, int k)
    {
        var strace = Command.Start(Programs.Find("strace"),
            ["-f", "-qq", "-o", "/dev/null", "-e", $"trace={calls}", "-e", $"inject={calls}:signal=KILL:when={k}", "-p", $"{Node.Pid}"]);
        await Poll.UntilAsync("strace has attached to every thread", Command.Limit, () =>
        {
            Assert.False(strace.HasExited, $"strace ended: {strace.Error}");
            return Directory.GetDirectories($"/proc/{Node.Pid}/task").All(IsTraced);
        });
        return strace;
    }

    private static bool IsTraced(string task)
    {
        try
        {
            return !File.ReadAllText(task + "/status").Contains("TracerPid:\t0\n", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The thread has ended since the listing.
            return true;
        }
    }
}
