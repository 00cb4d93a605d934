using System.Collections.Concurrent;
using Akka.Actor;
using Troupe.Containers.Containers;
using Troupe.Daemon.Hosting;
using Troupe.Daemon.Options;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Specs;

namespace Troupe.Daemon.Tests.Hosting;

public sealed class IncarnationTests
{
    private static readonly Cause Why = Cause.Engine("test");

    [Fact]
    public async Task Scheduler_when_the_actor_system_is_rebuilt_three_times_then_still_knows_every_placement()
    {
        var ids = new ConcurrentBag<ContainerId>();
        await using var node = new TestNode(catalog: new FixedCatalog(ids));
        for (var round = 0; round < 4; round++)
        {
            var live = await node.ReadyAsync();
            var id = ContainerId.New();
            ids.Add(id);
            var placed = await live.Fronts.Daemon.Ask<ContainerPlaced>(new PlaceContainer(Why, id, $"name{round}", "busybox"), TestNode.Deadline);
            Assert.Equal($"name{round}", placed.Name);
            Assert.Equal(node.Identity.NodeId, placed.NodeId);
            Assert.Equal(round + 1, placed.Generation);

            var all = await live.Fronts.Daemon.Ask<Placements>(new ListPlacements(Why, node.Identity.NodeId), TestNode.Deadline);
            Assert.Equal(ids.ToHashSet(), all.Items.Select(p => p.Container).ToHashSet());

            if (round == 3) break;
            await node.Host.EndCurrentAsync();
            Assert.True(live.System.WhenTerminated.IsCompleted);
        }
    }

    [Fact]
    public async Task Placement_when_its_container_never_came_to_be_then_is_released_by_the_next_start()
    {
        await using var node = new TestNode();
        var first = await node.ReadyAsync();
        await first.Fronts.Daemon.Ask<ContainerPlaced>(new PlaceContainer(Why, ContainerId.New(), "lost", "busybox"), TestNode.Deadline);
        await node.Host.EndCurrentAsync();

        var second = await node.ReadyAsync();
        using var deadline = new CancellationTokenSource(TestNode.Deadline);
        object answer;
        do
        {
            answer = await second.Fronts.Daemon.Ask<object>(
                new PlaceContainer(Why, ContainerId.New(), "lost", "busybox"), TestNode.Deadline, deadline.Token);
        }
        while (answer is not ContainerPlaced);
    }

    [Fact]
    public void Second_daemon_when_the_data_root_is_in_use_then_is_refused_until_the_first_ends()
    {
        var root = Directory.CreateTempSubdirectory("troupe-test-").FullName;
        try
        {
            using (DataRootLock.Take(root))
            {
                var error = Assert.Throws<OptionsException>(() => DataRootLock.Take(root));
                Assert.Contains("in use by another trouped", error.Message, StringComparison.Ordinal);
            }

            DataRootLock.Take(root).Dispose();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private sealed class FixedCatalog(ConcurrentBag<ContainerId> ids) : IContainerCatalog
    {
        public Task<IReadOnlyList<ContainerId>> ListAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<ContainerId>>([.. ids]);
    }
}
