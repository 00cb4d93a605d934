namespace Troupe.Containers;

/// <summary>What the node's configuration says to the containers' actors. Everything with a unit in its name or a TimeSpan.</summary>
/// <param name="NodeId">The node's id, as in ContainerView.</param>
/// <param name="DataRoot">Absolute; containers/ and the log files lie below it.</param>
/// <param name="ExecRoot">Absolute; s/ and runtime/ lie below it.</param>
/// <param name="CgroupParent">Cgroup that the containers' cgroups lie in: <c>troupe-&lt;instance&gt;</c>.</param>
/// <param name="JournalPluginId">Journal of container actors; empty: the system's default.</param>
/// <param name="SnapshotPluginId">Snapshot store of container actors; empty: the system's default.</param>
/// <param name="BlockingDispatcherId">Dispatcher of workers that write files (<c>actors.blocking-dispatcher</c>).</param>
/// <param name="SnapshotEvery">Events between two snapshots of one container; at least 1.</param>
public sealed record ContainersSettings(
    string NodeId,
    string DataRoot,
    string ExecRoot,
    string CgroupParent,
    string JournalPluginId,
    string SnapshotPluginId,
    string BlockingDispatcherId,
    int SnapshotEvery);
