using Akka.Actor;
using Troupe.Protocol;

namespace Troupe.Daemon.Engine;

/// <summary>
/// The temporary sender of one request with many answers: puts them into the buffer and ends with the last one, with the client (who stops
/// it) or with the actor system (then the client hears Unavailable).
/// </summary>
internal sealed class AnswersActor : UntypedActor
{
    private readonly IActorRef _target;
    private readonly object _request;
    private readonly AnswerBuffer _answers;

    public static Props Props(IActorRef target, object request, AnswerBuffer answers) =>
        Akka.Actor.Props.Create(() => new AnswersActor(target, request, answers));

    public AnswersActor(IActorRef target, object request, AnswerBuffer answers)
    {
        _target = target;
        _request = request;
        _answers = answers;
    }

    protected override void PreStart()
    {
        Context.Watch(_target);
        _target.Tell(_request);
    }

    protected override void OnReceive(object message)
    {
        if (message is Terminated)
        {
            Context.Stop(Self);
            return;
        }

        _answers.Add(message);
        if (EngineClient.IsFinal(message)) Context.Stop(Self);
    }

    protected override void PostStop() =>
        _answers.Complete(new CommandFailed(ErrorCode.Unavailable, "the engine ended before it had answered, try again"));
}
