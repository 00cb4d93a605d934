using Akka.Actor;

namespace Troupe.Containers.Runc;

/// <summary>
/// Front of the runc part, <c>/user/runc</c>: one <see cref="RuncActor"/> per running task.
/// <list type="table">
/// <listheader><term>child fails with</term><description>directive, why safe, what the user sees</description></listheader>
/// <item><term>any exception</term><description>stop; its task is told (<see cref="RuncLost"/>), fails in turn, and the container finds its
/// shim again by socket. The shim and the container never notice. A command under way is answered 503.</description></item>
/// </list>
/// </summary>
internal sealed class RuncsActor : ReceiveActor
{
    private readonly ChildRouter _router;

    public static Props Props(ContainersParts parts) => Akka.Actor.Props.Create(() => new RuncsActor(parts));

    public RuncsActor(ContainersParts parts)
    {
        _router = new ChildRouter(Context, id => RuncActor.Props(id, parts));
        Receive<RuncCommand>(c => _router.Route(c.Id, c, Sender));
        Receive<RuncFinished>(f => _router.Finished(f.Id, Sender, f.Handled));
        Receive<Terminated>(t =>
        {
            if (_router.Terminated(t.ActorRef) is { } lost) lost.Owner.Tell(new RuncLost(lost.Id));
        });
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);
}
