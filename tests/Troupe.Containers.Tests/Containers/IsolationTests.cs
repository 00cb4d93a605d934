using System.Diagnostics;
using Akka.Actor;
using Troupe.Containers.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Containers.Tests.Containers;

/// <summary>No call for one container waits for another; the index asks nobody.</summary>
public sealed class IsolationTests
{
    private readonly World _world = new();

    [Fact]
    public async Task Index_when_500_mailboxes_are_suspended_then_it_still_answers()
    {
        await using var node = new Node(_world);
        var ids = Enumerable.Range(0, 500).Select(_ => ContainerId.New()).ToArray();
        await Task.WhenAll(ids.Select(id => node.CreateAsync(id: id)));
        foreach (var id in ids)
        {
            var actor = await node.System.ActorSelection(node.Containers.Path / id.Hex).ResolveOne(Node.Patience);
            ((IInternalActorRef)actor).Suspend();
        }

        var asked = node.AskAsync(new StartContainer(ids[0], Samples.Cause));
        var watch = Stopwatch.StartNew();
        Assert.Equal(500, node.Index.Values.Count(v => v.Status == ContainerStatus.Created));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"the index took {watch.Elapsed}");
        Assert.False(asked.IsCompleted);
    }

    [Theory]
    [InlineData("shim start")]
    [InlineData("shim create")]
    [InlineData("shim exec")]
    [InlineData("layer")]
    [InlineData("reserve")]
    public async Task Start_when_another_containers_step_hangs_then_it_is_not_held_up(string step)
    {
        var other = ContainerId.Parse(new string('b', 64));
        await using var node = new Node(_world);
        await node.CreateAsync();
        await node.CreateAsync(id: other);
        _world.Frozen = step;
        var hanging = node.StartAsync();
        await node.UntilAsync(() => _world.Read(() => _world.FrozenCount > 0), () => "the step did not hang");
        _world.Frozen = "";
        Assert.IsType<CommandDone>(await node.AskAsync(new StartContainer(other, Samples.Cause)));
        Assert.IsType<CommandDone>(await node.AskAsync(new RemoveContainer(other, Samples.Cause, Force: true, RemoveVolumes: false)));
        Assert.False(hanging.IsCompleted);
        Assert.Equal(ContainerStatus.Starting, node.Index[Samples.Id].Status);
    }
}
