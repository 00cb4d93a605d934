using System.Globalization;
using Troupe.Protocol.Containers;

namespace Troupe.Gateway.Containers;

/// <summary>A container's state in Docker's words.</summary>
internal static class ContainerWords
{
    /// <summary>
    /// <c>State</c>: created, running, paused, restarting, removing, exited or dead; <c>unknown</c> while its node does not answer. While it
    /// starts it is what it was before.
    /// </summary>
    public static string State(ContainerView view) => view.Status switch
    {
        ContainerStatus.Starting when view.FinishedAt is not null => "exited",
        ContainerStatus.Starting => "created",
        ContainerStatus.Removed => "removing",
        _ => view.Status.ToString().ToLowerInvariant(),
    };

    public static bool IsRunning(ContainerView view) =>
        view.Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting;

    /// <summary><c>Status</c>, for people: <c>Up 3 minutes</c>, <c>Exited (0) 2 hours ago</c>.</summary>
    public static string Status(ContainerView view, DateTimeOffset now) => view.Status switch
    {
        ContainerStatus.Running => $"Up {Since(view.StartedAt, now)}",
        ContainerStatus.Paused => $"Up {Since(view.StartedAt, now)} (Paused)",
        ContainerStatus.Restarting => $"Restarting ({Code(view)}) {Since(view.FinishedAt, now)} ago",
        ContainerStatus.Removing or ContainerStatus.Removed => "Removal In Progress",
        ContainerStatus.Dead => "Dead",
        ContainerStatus.Unknown => "Unknown",
        _ when view.FinishedAt is not null => $"Exited ({Code(view)}) {Since(view.FinishedAt, now)} ago",
        _ => "Created",
    };

    private static string Since(DateTimeOffset? then, DateTimeOffset now) => HumanDuration.Format(then is { } at && at < now ? now - at : TimeSpan.Zero);

    private static string Code(ContainerView view) => view.ExitCode.ToString(CultureInfo.InvariantCulture);
}
