using Troupe.Protocol;
using Troupe.Protocol.Containers;

namespace Troupe.Containers.Containers;

/// <summary>What shall become of one input. A closed family.</summary>
internal abstract record Decision
{
    public static readonly Decision Ignore = new Ignored();
    public static readonly Decision Proceed = new Allowed();
    public static readonly Decision Later = new Deferred();

    public static Decision Accept(params ContainerEvent[] events) => new Accepted(events);

    public static Decision Reject(ErrorCode code, string message) => new Rejected(new CommandFailed(code, message));
}

/// <summary>Persist these together, apply them, act, reply.</summary>
internal sealed record Accepted(ContainerEvent[] Events) : Decision;

/// <summary>Legal, and nothing to persist before it is done.</summary>
internal sealed record Allowed : Decision;

/// <summary>The outcome of a bounded transition decides: wait for it, then decide again.</summary>
internal sealed record Deferred : Decision;

internal sealed record Rejected(CommandFailed Failure) : Decision;

/// <summary>A report of a run that is over.</summary>
internal sealed record Ignored : Decision;
