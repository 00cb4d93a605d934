
namespace Troupe.Protocol;

/// <summary>
/// The gateway's way to the actors: it survives the actor system (Incarnation). Every call has a deadline; a missing or slow
/// part is a <see cref="CommandFailed"/> with <see cref="ErrorCode.Unavailable"/>, never a hang and never an exception.
/// </summary>
public interface IEngine
{
    /// <summary>
    /// Asks the node's front actor (containers, images or networks, by the message's type). The answer is the reply or a
    /// <see cref="CommandFailed"/>.
    /// </summary>
    Task<object> AskAsync(object message, TimeSpan timeout, CancellationToken cancel);

    /// <summary>
    /// Sends a message whose answers are many (PullImage, WaitContainer). Answers arrive in order in a bounded buffer; progress
    /// that does not fit is dropped, never an answer. Ends after <see cref="CommandFailed"/>, a result named final by the message, or the
    /// cancellation, which also ends the temporary actor.
    /// </summary>
    IAsyncEnumerable<object> StreamAsync(object message, CancellationToken cancel);
}

/// <summary>One event for Docker clients, derived from the journal.</summary>
/// <param name="Cursor">Ordering of the journal row: strictly rising on a node, gaps allowed.</param>
/// <param name="Type"><c>container</c>, <c>image</c>, <c>network</c>.</param>
/// <param name="Action">Docker's word: <c>create</c>, <c>start</c>, <c>die</c>, <c>pull</c> ...</param>
public sealed record EngineEvent(
    string NodeId, long Cursor, DateTimeOffset At, string Type, string Action, string ActorId,
    IReadOnlyDictionary<string, string> Attributes);

/// <summary>Events of the node: past ones from the journal, coming ones as they are persisted, in one order. Process host.</summary>
public interface IEventSource
{
    /// <summary>
    /// Events from <paramref name="since"/> (null: from now) to <paramref name="until"/> (null: for ever). A reader that is too slow reads on
    /// from the journal by cursor and misses nothing.
    /// </summary>
    IAsyncEnumerable<EngineEvent> ReadAsync(DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancel);
}

/// <summary>What the node says of itself (docker info, docker version).</summary>
public sealed record NodeDescription(
    string NodeId, string Name, string Version, string DataRoot, string[] Labels, string[] InsecureRegistries,
    string[] RegistryMirrors, bool Debug, DateTimeOffset StartedAt, string CgroupVersion, string[] SecurityOptions);

public interface INodeInfo
{
    NodeDescription Describe();

    /// <summary>False while the actor system is away or recovering.</summary>
    bool IsReady { get; }
}
