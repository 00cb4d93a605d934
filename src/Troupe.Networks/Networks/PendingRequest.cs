using Akka.Actor;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Networks.Networks;

/// <summary>What a network waits for from its worker, and who waits for it.</summary>
internal abstract record PendingRequest
{
    public sealed record Preparation : PendingRequest;

    public sealed record Reservation(IActorRef Client, ContainerId Container, EndpointInfo Endpoint) : PendingRequest;

    /// <param name="IsRetried">The bridge was already made again for it once.</param>
    public sealed record Connection(IActorRef Client, ConnectEndpoint Command, EndpointInfo Endpoint, bool IsRetried) : PendingRequest;

    public sealed record Sweep : PendingRequest;
}

/// <summary>A command that waits until the bridge is there.</summary>
internal sealed record WaitingCommand(IActorRef Client, NetworkCommand Command, bool IsRetried);

/// <summary>To the front, after every change and before any reply: what lists show.</summary>
internal sealed record NetworkChanged(string NetworkId, NetworkState State);

/// <summary>To the front, before the actor ends: why. A quarantined network is not started again: its journal can't be read.</summary>
internal sealed record NetworkLost(string NetworkId, string Reason, bool IsQuarantined);
