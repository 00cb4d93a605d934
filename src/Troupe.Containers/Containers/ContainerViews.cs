using Troupe.Protocol.Containers;

namespace Troupe.Containers.Containers;

internal static class ContainerViews
{
    /// <summary>What the node's index shows of a state.</summary>
    public static ContainerView Of(ContainerState state, string nodeId) => new(
        state.Id, nodeId, state.Name, state.Generation, state.ImageId, state.Spec, state.Status, state.CreatedAt, state.StartedAt,
        state.FinishedAt, state.Pid, state.ExitCode, state.OomKilled, state.Error, state.Run, state.Endpoints);
}
