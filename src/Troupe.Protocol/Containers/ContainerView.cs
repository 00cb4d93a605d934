using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Protocol.Containers;

public enum ContainerStatus
{
    Created = 0,
    Starting = 1,
    Running = 2,
    Exited = 3,
    Removing = 4,
    Removed = 5,

    /// <summary>Something that should be gone can't be removed; only removal is possible.</summary>
    Dead = 6,
    Paused = 7,
    Restarting = 8,

    /// <summary>Its node does not answer.</summary>
    Unknown = 9,
}

/// <summary>A container's place on a network, as observed at its start.</summary>
[Wire("cendp")]
public sealed record EndpointInfo(
    string NetworkId, string NetworkName, string EndpointId, string Address, int PrefixLength, string Gateway,
    string MacAddress) : IWireMessage;

/// <summary>
/// One entry of the node's index: all that <c>ps</c> and <c>inspect</c> show, immutable. Published by the container's actor after
/// persisting and before replying.
/// </summary>
public sealed record ContainerView(
    ContainerId Id,
    string NodeId,
    string Name,
    long Generation,
    Digest ImageId,
    ContainerSpec Spec,
    ContainerStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    int Pid,
    int ExitCode,
    bool OomKilled,
    string Error,
    int Runs,
    EndpointInfo[] Endpoints);

/// <summary>The node's immutable index. Reading it never asks an actor; it belongs to the process host.</summary>
public interface IContainerIndex
{
    ContainerView? Find(ContainerId id);

    /// <summary>All containers of the node that are not removed, in no particular order. A snapshot: it does not change under the reader.</summary>
    IReadOnlyCollection<ContainerView> All { get; }
}

/// <summary>The writing side of the index: one writer per container, its actor.</summary>
public interface IContainerIndexWriter
{
    /// <summary>Puts the view in place; a view with status Removed takes the entry out.</summary>
    void Publish(ContainerView view);
}
