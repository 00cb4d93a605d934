using Troupe.Specs;

namespace Troupe.Containers;

/// <summary>Where a container's files lie. All names come from the journalled id.</summary>
public sealed class ContainerPaths(ContainersSettings settings)
{
    private const int RunNameLength = 20;

    /// <summary>All run directories of the node.</summary>
    public string Runs => Path.Combine(settings.ExecRoot, "s");

    /// <summary>State directory of the runtime (its --root).</summary>
    public string RuntimeRoot => Path.Combine(settings.ExecRoot, "runtime");

    /// <summary>The OCI bundle, and the log file beside it.</summary>
    public string Bundle(ContainerId id) => Path.Combine(settings.DataRoot, "containers", id.Hex);

    /// <summary>Short, because a socket's path must stay under 108 bytes.</summary>
    public string Run(ContainerId id) => Path.Combine(Runs, id.Hex[..RunNameLength]);

    public string Log(ContainerId id) => Path.Combine(Bundle(id), id.Hex + "-json.log");
}
