using Akka.Actor;

namespace Troupe.Daemon.Node;

/// <summary>
/// <c>/user/containerd</c>: parent of what containerd is to dockerd, the fronts of images and tasks.
/// </summary>
/// <remarks>
/// | child fails with | directive | why safe | user sees |
/// |---|---|---|---|
/// | images, tasks: any exception | restart, at most 10 a minute | disk, journal and shims hold the state | 503 for requests under way |
/// </remarks>
internal sealed class ContainerdActor : ReceiveActor
{
    private const int RestartsMax = 10;

    public static Props Props() => Akka.Actor.Props.Create(() => new ContainerdActor());

    public ContainerdActor() => Receive<MakeChild>(make => Sender.Tell(Context.ActorOf(make.Props, make.Name)));

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(RestartsMax, TimeSpan.FromMinutes(1), Akka.Actor.SupervisorStrategy.DefaultDecider);
}
