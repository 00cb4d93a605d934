using Akka.Actor;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Containers.Containers;

/// <summary>Commands that the task is carrying out, by the token of its answer. Bounded; belongs to the container's actor.</summary>
internal sealed class TaskRequests(ContainerId id)
{
    private readonly Dictionary<long, (ContainerCommand Command, IActorRef From)> _waiting = [];
    private long _tokens;

    public IEnumerable<IActorRef> Askers => _waiting.Values.Select(w => w.From);

    /// <summary>A token for the task; null when there are too many, and the sender has heard so.</summary>
    public long? Reserve(ContainerCommand command, IActorRef from)
    {
        if (_waiting.Count >= Limits.SignalsInFlightMax)
        {
            from.Tell(new CommandFailed(ErrorCode.Unavailable, DockerWords.Busy(id)));
            return null;
        }

        _waiting[++_tokens] = (command, from);
        return _tokens;
    }

    /// <summary>Null when nobody waits for this answer any more.</summary>
    public (ContainerCommand Command, IActorRef From)? Take(long token) => _waiting.Remove(token, out var waiting) ? waiting : null;

    public void FailAll()
    {
        foreach (var from in Askers) from.Tell(new CommandFailed(ErrorCode.Unavailable, $"the task of container {id} does not answer"));
        _waiting.Clear();
    }
}
