using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Containers.Containers;

/// <summary>Texts that clients show, and some parse, in Docker's wording.</summary>
internal static class DockerWords
{
    public const string ExitUnknown = "the exit of the container was not recorded; 255 stands in for its exit code";

    public static string NoSuchContainer(ContainerId id) => $"No such container: {id}";

    public static string NotRunning(ContainerId id) => $"Container {id} is not running";

    public static string CannotRemoveRunning(string name, ContainerStatus status) =>
        $"cannot remove container \"/{name}\": container is {Word(status)}: stop the container before removing or force remove";

    public static string RemovalInProgress(ContainerId id) => $"removal of container {id} is already in progress";

    public const string MarkedForRemoval = "container is marked for removal and cannot be started";

    public const string CannotStartPaused = "cannot start a paused container, try unpause instead";

    public static string NoExitEvent(ContainerId id) =>
        $"cannot stop container: {id}: tried to kill container, but did not receive an exit event";

    public static string InvalidSignal(string signal) => $"invalid signal: {signal}";

    public static string Busy(ContainerId id) => $"container {id} is busy: too many requests are waiting for it";

    /// <summary>Docker's word for a state, as <c>docker ps</c> shows it.</summary>
    public static string Word(ContainerStatus status) => status switch
    {
        ContainerStatus.Starting => "created",
        _ => status.ToString().ToLowerInvariant(),
    };
}
