using Troupe.Daemon.Scheduling;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Daemon.Tests.Scheduling;

public sealed class SchedulerDeciderTests
{
    private static readonly Cause Why = Cause.Engine("test");
    private static readonly SchedulerInputs Inputs = new(DateTimeOffset.UnixEpoch, "node1", "invented_name");

    [Fact]
    public void Place_when_the_name_is_free_then_takes_it_with_a_rising_generation()
    {
        var (state, first) = Run(SchedulerState.Empty, Place("a1"));
        var (_, second) = Run(state, Place("b2"));

        Assert.Equal("a1", Assert.IsType<ContainerPlaced>(first).Name);
        Assert.Equal(2, Assert.IsType<ContainerPlaced>(second).Generation);
        Assert.Equal("node1", ((ContainerPlaced)second).NodeId);
    }

    [Fact]
    public void Place_when_the_name_is_taken_then_is_refused_in_dockers_words()
    {
        var holder = ContainerId.New();
        var (state, _) = Run(SchedulerState.Empty, Place("web", holder));

        var (same, reply) = Run(state, Place("/web"));

        var failed = Assert.IsType<CommandFailed>(reply);
        Assert.Equal(ErrorCode.AlreadyExists, failed.Code);
        Assert.Equal(
            $"Conflict. The container name \"/web\" is already in use by container \"{holder}\". You have to remove (or rename) that "
            + "container to be able to reuse that name.", failed.Message);
        Assert.Same(state, same);
    }

    [Fact]
    public void Place_when_repeated_for_one_container_then_answers_the_same_and_changes_nothing()
    {
        var id = ContainerId.New();
        var (state, first) = Run(SchedulerState.Empty, Place("", id));
        var (same, second) = Run(state, Place("", id));

        Assert.Equal(first, second);
        Assert.Same(state, same);
        Assert.Equal("invented_name", ((ContainerPlaced)first).Name);
        Assert.Equal(ErrorCode.Conflict, Assert.IsType<CommandFailed>(Run(state, Place("other", id)).Reply).Code);
    }

    [Theory]
    [InlineData("-a")]
    [InlineData("a")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("ä1")]
    public void Place_when_the_name_is_no_name_then_is_refused(string name)
    {
        var failed = Assert.IsType<CommandFailed>(Run(SchedulerState.Empty, Place(name)).Reply);

        Assert.Equal(ErrorCode.InvalidArgument, failed.Code);
        Assert.Contains($"Invalid container name ({name})", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Release_when_placed_then_frees_the_name_and_never_reuses_the_generation()
    {
        var id = ContainerId.New();
        var (state, _) = Run(SchedulerState.Empty, Place("web", id));
        (state, var released) = Run(state, new ReleasePlacement(Why, id));
        (state, var again) = Run(state, Place("web"));

        Assert.IsType<CommandDone>(released);
        Assert.Equal(2, Assert.IsType<ContainerPlaced>(again).Generation);
        Assert.IsType<CommandDone>(Run(state, new ReleasePlacement(Why, id)).Reply);
    }

    [Fact]
    public void References_when_put_and_removed_then_are_listed_so()
    {
        var record = new ImageReferenceRecord("docker.io/library/x:1", Digest.Of("m"u8), Digest.Of("i"u8), DateTimeOffset.UnixEpoch);
        var (state, _) = Run(SchedulerState.Empty, new PutImageReference(Why, record));
        Assert.Null(SchedulerDecider.Decide(state, new PutImageReference(Why, record), Inputs).Event);
        Assert.Equal(record, Assert.Single(Assert.IsType<ImageReferences>(Run(state, new ListImageReferences(Why)).Reply).Records));
        (state, _) = Run(state, new RemoveImageReference(Why, record.Reference));
        Assert.Empty(((ImageReferences)Run(state, new ListImageReferences(Why)).Reply).Records);
    }

    [Fact]
    public void Snapshot_when_read_back_then_is_the_same_state()
    {
        var (state, _) = Run(SchedulerState.Empty, Place("a1"));
        (state, _) = Run(state, Place("b2"));
        (state, _) = Run(state, new PutImageReference(Why, new ImageReferenceRecord("r", default, default, default)));

        var back = SchedulerState.From(state.ToSnapshot());

        Assert.Equal(state.LastGeneration, back.LastGeneration);
        Assert.Equal(state.Placements.OrderBy(p => p.Value.Name), back.Placements.OrderBy(p => p.Value.Name));
        Assert.Equal(state.Names.OrderBy(p => p.Key), back.Names.OrderBy(p => p.Key));
        Assert.Equal(state.References, back.References);
    }

    [Fact]
    public void Invented_names_when_most_are_taken_then_are_still_free_and_well_formed()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 30_000; i++)
        {
            var name = RandomNames.Invent(random, taken.Contains);
            Assert.True(taken.Add(name), $"seed {seed}: {name} twice");
            Assert.Matches("^[a-z]+_[a-z]+[0-9]*$", name);
        }
    }

    private static PlaceContainer Place(string name, ContainerId? id = null) => new(Why, id ?? ContainerId.New(), name, "busybox");

    private static (SchedulerState State, object Reply) Run(SchedulerState state, SchedulerCommand command)
    {
        var decision = SchedulerDecider.Decide(state, command, Inputs);
        return (decision.Event is null ? state : state.Apply(decision.Event), decision.Reply);
    }
}
