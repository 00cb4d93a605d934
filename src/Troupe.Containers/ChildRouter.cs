using Akka.Actor;
using Troupe.Specs;

namespace Troupe.Containers;

/// <summary>
/// The children of a front, one per container id: made when a command comes, ended when they say that they are finished. A command
/// that comes for a child that is ending waits for its successor. Not an actor: owned by one.
/// </summary>
internal sealed class ChildRouter(IActorContext context, Func<ContainerId, Props> props)
{
    /// <summary>A task has at most a few commands under way.</summary>
    private const int WaitingMax = 64;

    private readonly Dictionary<ContainerId, Child> _children = [];

    /// <summary>Hands the command to the child of that id; <paramref name="from"/> becomes the child's owner. False: no room.</summary>
    public bool Route(ContainerId id, object command, IActorRef from)
    {
        if (!_children.TryGetValue(id, out var child)) child = Make(id);
        child.Owner = from;
        if (!child.IsEnding)
        {
            child.Sent++;
            child.Ref.Tell(command, from);
            return true;
        }

        if (child.Waiting.Count >= WaitingMax) return false;
        child.Waiting.Enqueue((command, from));
        return true;
    }

    /// <summary>
    /// The child has nothing more to do, after <paramref name="handled"/> commands. When more were sent to it, one is still on its way:
    /// it goes on, and says so again when it is done with that.
    /// </summary>
    public void Finished(ContainerId id, IActorRef who, long handled)
    {
        if (!_children.TryGetValue(id, out var child) || !child.Ref.Equals(who) || child.Sent != handled) return;
        child.IsEnding = true;
        child.Ref.Tell(PoisonPill.Instance);
    }

    /// <summary>The owner of a child that ended without having been asked to; null when all is well.</summary>
    public (ContainerId Id, IActorRef Owner)? Terminated(IActorRef who)
    {
        if (!ContainerId.TryParse(who.Path.Name, out var id)) return null;
        if (!_children.TryGetValue(id, out var child) || !child.Ref.Equals(who)) return null;
        _children.Remove(id);
        if (!child.IsEnding) return (id, child.Owner);
        foreach (var (command, from) in child.Waiting) Route(id, command, from);
        return null;
    }

    private Child Make(ContainerId id)
    {
        var child = new Child(context.ActorOf(props(id), id.Hex));
        context.Watch(child.Ref);
        return _children[id] = child;
    }

    private sealed class Child(IActorRef actor)
    {
        public IActorRef Ref { get; } = actor;

        public IActorRef Owner { get; set; } = ActorRefs.Nobody;

        public bool IsEnding { get; set; }

        public long Sent { get; set; }

        public Queue<(object Command, IActorRef From)> Waiting { get; } = new();
    }
}
