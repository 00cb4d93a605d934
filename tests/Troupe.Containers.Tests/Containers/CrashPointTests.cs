using Troupe.Containers.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;

namespace Troupe.Containers.Tests.Containers;

/// <summary>
/// trouped ends before and after every journal write and every change of the world of each operation. After the next start either it was
/// done or it was not, the container can be used, and at its removal nothing is left.
/// </summary>
public sealed class CrashPointTests
{
    private const int StepsMax = 60;

    [Theory]
    [InlineData("create")]
    [InlineData("start")]
    [InlineData("failing start")]
    [InlineData("stop")]
    [InlineData("exit")]
    [InlineData("exit of --rm")]
    [InlineData("rm")]
    [InlineData("rm -f")]
    public async Task Operation_when_the_daemon_ends_at_any_step_then_it_was_done_or_not_and_nothing_leaks(string operation)
    {
        var reached = 0;
        foreach (var before in new[] { true, false })
        {
            for (var step = 1; step < StepsMax; step++)
            {
                if (!await CrashAsync(operation, step, before)) break;
                reached++;
            }
        }

        Assert.True(reached >= 2, $"{operation} has no step to crash at");
    }

    /// <summary>False when the operation ended before that step was reached.</summary>
    private static async Task<bool> CrashAsync(string operation, int step, bool before)
    {
        var world = new World();
        var at = $"{operation}, {(before ? "before" : "after")} step {step}";
        var node = new Node(world);
        await PrepareAsync(node, world, operation);
        world.CrashAt(step, before);
        var done = RunAsync(node, world, operation);
        await Task.WhenAny(done, world.Crashed).WaitAsync(Node.Patience);
        var crashed = world.Crashed.IsCompleted;
        await node.DisposeAsync();
        if (!crashed) return false;
        world.StartErrno = 0;
        await using var next = new Node(world);
        await CheckAsync(next, world, $"{at} ({string.Join(", ", world.Steps)})");
        return true;
    }

    private static async Task PrepareAsync(Node node, World world, string operation)
    {
        if (operation == "create") return;
        var autoRemove = operation == "exit of --rm";
        Assert.IsType<ContainerCreatedResult>(await node.CreateAsync(Samples.Spec with { Host = Samples.Host with { AutoRemove = autoRemove } }));
        if (operation == "failing start") world.StartErrno = 2;
        if (operation is "start" or "failing start" or "rm") return;
        Assert.IsType<CommandDone>(await node.StartAsync());
    }

    private static async Task RunAsync(Node node, World world, string operation)
    {
        switch (operation)
        {
            case "create":
                await node.CreateAsync();
                break;
            case "start" or "failing start":
                await node.StartAsync();
                break;
            case "stop":
                await node.AskAsync(new StopContainer(Samples.Id, Samples.Cause, 5, null));
                await Settled(world, "shims 0, layers 1, endpoints 0");
                break;
            case "exit":
                node.Shim().End(4);
                await Settled(world, "shims 0, layers 1, endpoints 0");
                break;
            case "exit of --rm":
                node.Shim().End(4);
                await node.UntilAsync(() => world.Crashed.IsCompleted || node.Index.IsEmpty, () => "not removed");
                break;
            default:
                await node.RemoveAsync(force: operation == "rm -f");
                break;
        }

        Task Settled(World of, string text) => node.UntilAsync(() => of.Crashed.IsCompleted || of.Leftovers() == text, of.Leftovers);
    }

    /// <summary>It settles on its own; then it can be started again and removed, and nothing is left.</summary>
    private static async Task CheckAsync(Node node, World world, string at)
    {
        var knows = world.Read(() => world.Journal.Values.Any(j => !j.Exists(e => e.Event is ContainerRemoved)));
        if (!knows)
        {
            Assert.Equal($"{at}: shims 0, layers 0, endpoints 0", $"{at}: {world.Leftovers()}");
            return;
        }

        await node.UntilAsync(
            () => !node.Index.TryGetValue(Samples.Id, out var v) ? Removed(world) : IsSettled(v, world),
            () => $"{at}: {node.Index.GetValueOrDefault(Samples.Id)?.Status}, {world.Leftovers()}");
        if (node.Index.ContainsKey(Samples.Id))
        {
            var started = await node.StartAsync();
            Assert.True(started is CommandDone or CommandFailed { Code: ErrorCode.NotModified or ErrorCode.FailedPrecondition or ErrorCode.NotFound }, $"{at}: {started}");
            var removed = await node.RemoveAsync(force: true);
            Assert.True(removed is CommandDone or CommandFailed { Code: ErrorCode.NotFound or ErrorCode.Conflict }, $"{at}: {removed}");
        }

        await node.UntilAsync(
            () => Removed(world) && world.Leftovers() == "shims 0, layers 0, endpoints 0", () => $"{at}: {world.Leftovers()}");
    }

    private static bool Removed(World world) => world.Read(() => world.Journal.Values.All(j => j.Exists(e => e.Event is ContainerRemoved)));

    private static bool IsSettled(ContainerView view, World world) => view.Status switch
    {
        ContainerStatus.Running => world.Read(() => world.Shims.Values.SingleOrDefault()?.Pid == view.Pid),
        ContainerStatus.Created or ContainerStatus.Exited => world.Read(() => world.Shims.Count == 0),
        _ => false,
    };
}
