using Akka.Actor;
using Troupe.Containers.Containers;
using Troupe.Protocol;

namespace Troupe.Containers.Tasks;

/// <summary>
/// Front of the running containers' resources, <c>/user/containerd/tasks</c>: one <see cref="TaskActor"/> per container that has
/// something in the kernel, or is getting or losing it.
/// <list type="table">
/// <listheader><term>child fails with</term><description>directive, why safe, what the user sees</description></listheader>
/// <item><term>any exception</term><description>stop; its container is told (<see cref="TaskLost"/>) and reconciles after 1 s..30 s, as after a
/// restart: everything that a task knows is in the container's journal, the kernel and the shim. The container runs on. A
/// start under way ends as failed or adopted.</description></item>
/// </list>
/// </summary>
internal sealed class TasksActor : ReceiveActor
{
    private readonly ChildRouter _router;

    public static Props Props(ContainersParts parts, IActorRef images, IActorRef networks, IActorRef runcs) =>
        Akka.Actor.Props.Create(() => new TasksActor(parts, images, networks, runcs));

    public TasksActor(ContainersParts parts, IActorRef images, IActorRef networks, IActorRef runcs)
    {
        _router = new ChildRouter(Context, id => TaskActor.Props(id, parts, images, networks, runcs));
        Receive<TaskCommand>(OnCommand);
        Receive<TaskFinished>(f => _router.Finished(f.Id, Sender, f.Handled));
        Receive<Terminated>(t =>
        {
            if (_router.Terminated(t.ActorRef) is { } lost) lost.Owner.Tell(new TaskLost(lost.Id));
        });
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void OnCommand(TaskCommand command)
    {
        if (_router.Route(command.Id, command, Sender)) return;
        if (command is SignalTask signal) Sender.Tell(Busy(signal.Id, signal.Run, signal.Token));
        if (command is ResizeTask resize) Sender.Tell(Busy(resize.Id, resize.Run, resize.Token));
    }

    private static TaskAnswered Busy(Specs.ContainerId id, int run, long token) =>
        new(id, run, token, new CommandFailed(ErrorCode.Unavailable, DockerWords.Busy(id)));
}
