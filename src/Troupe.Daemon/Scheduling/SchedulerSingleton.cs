using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Pattern;

namespace Troupe.Daemon.Scheduling;

/// <summary>
/// The scheduler runs once in the cluster, on the oldest node; every node has a proxy that finds it and keeps a bounded number of
/// messages while it moves. With SQLite it can't move: its journal is a file of that node.
/// </summary>
internal static class SchedulerSingleton
{
    public const string ManagerName = "scheduler-manager";
    public const string ProxyName = "scheduler";
    private const double Jitter = 0.2;

    public static Props Manager(ActorSystem system, string nodeId, TimeProvider time)
    {
        // Under backoff: a manager whose child ends by itself ends too, and nobody would make the scheduler again.
        var supervised = BackoffSupervisor.Props(Backoff.OnStop(
            SchedulerActor.Props(nodeId, time), "state", Limits.DelayRestartMin, Limits.DelayRestartMax, Jitter, -1));
        return ClusterSingletonManager.Props(supervised, PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system));
    }

    public static Props Proxy(ActorSystem system, string managerPath) =>
        ClusterSingletonProxy.Props(managerPath, ClusterSingletonProxySettings.Create(system));
}
