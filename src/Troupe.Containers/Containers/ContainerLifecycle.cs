using Troupe.Protocol.Containers;

namespace Troupe.Containers.Containers;

/// <summary>
/// The legal transitions of a container, in one table.
/// <code>
///   created --start--> starting --started--> running --exit--> exited --start--> starting ...
///      ^                  |                     |
///      +---start failed---+ (exited, if it ever ran)
///   created, running (forced), exited, dead --rm--> removing --> removed (tombstone)
///                                                      +--can't--> dead
/// </code>
/// Starting is short and bounded: commands wait for its outcome.
/// </summary>
internal static class ContainerLifecycle
{
    public static bool CanStart(ContainerStatus status) => status is ContainerStatus.Created or ContainerStatus.Exited;

    /// <summary>Without force. With force a running one too.</summary>
    public static bool CanRemove(ContainerStatus status) =>
        status is ContainerStatus.Created or ContainerStatus.Exited or ContainerStatus.Dead;

    public static bool IsLeaving(ContainerStatus status) =>
        status is ContainerStatus.Removing or ContainerStatus.Dead;

    /// <summary>A first process may live: its exit is still to be journalled.</summary>
    public static bool MayRun(ContainerState state) =>
        state.Status is ContainerStatus.Starting or ContainerStatus.Running or ContainerStatus.Paused || state.Pid != 0;

    public static bool MayGo(ContainerStatus from, ContainerStatus to) => (from, to) switch
    {
        (ContainerStatus.Created or ContainerStatus.Exited, ContainerStatus.Starting) => true,
        (ContainerStatus.Starting, ContainerStatus.Running or ContainerStatus.Created or ContainerStatus.Exited) => true,
        (ContainerStatus.Running, ContainerStatus.Exited or ContainerStatus.Removing) => true,
        (ContainerStatus.Created or ContainerStatus.Exited or ContainerStatus.Dead, ContainerStatus.Removing) => true,
        (ContainerStatus.Removing, ContainerStatus.Removed or ContainerStatus.Dead) => true,
        _ => from == to,
    };
}
