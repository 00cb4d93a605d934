using Akka.Actor;
using Akka.Persistence;
using Microsoft.Data.Sqlite;
using Troupe.Containers.Tests.Fakes;
using Troupe.Daemon.Index;
using Troupe.Daemon.Journal;
using Troupe.Daemon.Tests.Hosting;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Daemon.Tests.Journal;

/// <summary>The index of a node that has just started is whole before any actor has recovered.</summary>
public sealed class JournalViewsTests
{
    private static readonly Cause Why = Cause.Engine("test");
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch.AddYears(50);

    [Fact]
    public async Task Views_when_read_from_the_journal_then_show_every_container_that_was_not_removed_in_its_last_state()
    {
        await using var node = new TestNode();
        ContainerId running = ContainerId.New(), exited = ContainerId.New(), removed = ContainerId.New();
        await WriteAsync(node, running, Created(running), new ContainerStartRequested(running, At, Why, 1), Started(running));
        await WriteAsync(node, exited, Created(exited), new ContainerStartRequested(exited, At, Why, 1), Started(exited), Exited(exited, 7));
        await WriteAsync(node, removed, Created(removed), new ContainerRemoveRequested(removed, At, Why, Force: false), new ContainerRemoved(removed, At, Why));

        var views = JournalViews.Read(node.Journals.NodePath, "here").ToDictionary(v => v.Id);

        Assert.Equal(new[] { running, exited }.ToHashSet(), views.Keys.ToHashSet());
        Assert.Equal((ContainerStatus.Running, 42, "here"), (views[running].Status, views[running].Pid, views[running].NodeId));
        Assert.Equal((ContainerStatus.Exited, 7), (views[exited].Status, views[exited].ExitCode));
    }

    [Fact]
    public async Task Views_when_there_is_a_snapshot_then_begin_with_it_and_go_on_with_the_events_after_it()
    {
        await using var node = new TestNode();
        var id = ContainerId.New();
        var state = new ContainerState(
            id, "from-snapshot", 1, Digest.Of("image"u8), [], Samples.Spec, ContainerStatus.Running, At, At, null, 3, 42, 1, 0, true, false, "", [], 0,
            null, 0);
        await WriteAsync(node, id, Created(id), state, Exited(id, 9) with { Run = 3 });

        var view = Assert.Single(JournalViews.Read(node.Journals.NodePath, "here"));

        Assert.Equal(("from-snapshot", ContainerStatus.Exited, 9, 3), (view.Name, view.Status, view.ExitCode, view.Runs));
    }

    [Fact]
    public async Task Views_when_a_row_is_damaged_then_show_what_was_known_before_it_and_the_other_containers()
    {
        await using var node = new TestNode();
        ContainerId damaged = ContainerId.New(), whole = ContainerId.New();
        await WriteAsync(node, damaged, Created(damaged), new ContainerStartRequested(damaged, At, Why, 1), Started(damaged));
        await WriteAsync(node, whole, Created(whole));
        using (var connection = new SqliteConnection($"Data Source={node.Journals.NodePath}"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE journal SET message = x'00' WHERE persistence_id = $id AND sequence_number = 3";
            command.Parameters.AddWithValue("$id", $"container-{damaged}");
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        var views = JournalViews.Read(node.Journals.NodePath, "here").ToDictionary(v => v.Id);

        Assert.Equal(ContainerStatus.Starting, views[damaged].Status);
        Assert.Equal(ContainerStatus.Created, views[whole].Status);
    }

    [Fact]
    public void Load_when_a_view_was_published_meanwhile_then_the_published_one_stays()
    {
        var index = new ContainerIndex();
        var published = Tests.Index.ContainerIndexTests.View("a", new string('a', 64)) with { Status = ContainerStatus.Exited };
        index.Publish(published);
        index.Load([published with { Status = ContainerStatus.Running }, Tests.Index.ContainerIndexTests.View("b", new string('b', 64))]);
        Assert.Equal(2, index.All.Count);
        Assert.Equal(ContainerStatus.Exited, index.Find(published.Id)!.Status);
    }

    private static ContainerCreated Created(ContainerId id) =>
        new(id, At, Why, "name-" + id.Hex[..6], 1, Digest.Of("image"u8), [], Samples.Spec);

    private static ContainerStarted Started(ContainerId id) => new(id, At, Why, 1, 42, 1, []);

    private static ContainerExited Exited(ContainerId id, int code) => new(id, At, Why, 1, code, OomKilled: false, ExitKnown: true);

    private static async Task WriteAsync(TestNode node, ContainerId id, params object[] rows)
    {
        var live = await node.ReadyAsync();
        var writer = live.System.ActorOf(Props.Create(() => new Writer($"container-{id}")));
        foreach (var row in rows) await writer.Ask<CommandDone>(row, TestNode.Deadline);
        await writer.GracefulStop(TestNode.Deadline);
    }

    /// <summary>Puts rows where a container's actor would.</summary>
    private sealed class Writer : ReceivePersistentActor
    {
        private IActorRef _asker = ActorRefs.Nobody;

        public Writer(string id)
        {
            PersistenceId = id;
            JournalPluginId = JournalFiles.NodeJournal;
            SnapshotPluginId = JournalFiles.NodeSnapshots;
            Command<ContainerEvent>(e =>
            {
                var asker = Sender;
                Persist(e, _ => asker.Tell(CommandDone.Instance));
            });
            Command<ContainerState>(state =>
            {
                _asker = Sender;
                SaveSnapshot(state);
            });
            Command<SaveSnapshotSuccess>(_ => _asker.Tell(CommandDone.Instance));
        }

        public override string PersistenceId { get; }
    }
}
