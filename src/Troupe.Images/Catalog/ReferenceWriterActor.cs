using Akka.Actor;
using Troupe.Images.Pulls;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Images;

namespace Troupe.Images.Catalog;

/// <summary>
/// The way to the scheduler, who owns image references: one request at a time, so that its answers need no correlation, each with a deadline.
/// <code>
///   Idle -> (LoadReferences | WriteReferences) -> Waiting -> answered | timeout -> Idle
/// </code>
/// </summary>
internal sealed class ReferenceWriterActor : ReceiveActor, IWithTimers
{
    private const string DeadlineKey = "deadline";
    private const string RetryKey = "retry";

    private readonly IActorRef _scheduler;
    private readonly Queue<(WriteReferences Write, IActorRef From)> _queue = [];
    private int _next;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IActorRef scheduler) => Akka.Actor.Props.Create(() => new ReferenceWriterActor(scheduler));

    public ReferenceWriterActor(IActorRef scheduler)
    {
        _scheduler = scheduler;
        Loading();
    }

    protected override void PreStart() => AskForReferences();

    private void Loading()
    {
        Receive<ImageReferences>(references =>
        {
            Timers.CancelAll();
            Context.Parent.Tell(references);
            Become(Writing);
            SendNext();
        });
        // The scheduler starts beside us, or moves: it is asked until it answers.
        Receive<CommandFailed>(_ => Timers.StartSingleTimer(RetryKey, RetryDue.Instance, Limits.DelaySchedulerRetry));
        Receive<DeadlinePassed>(_ => AskForReferences());
        Receive<RetryDue>(_ => AskForReferences());
        Receive<WriteReferences>(Enqueue);
    }

    private void Writing()
    {
        Receive<WriteReferences>(write =>
        {
            Enqueue(write);
            if (_queue.Count == 1) SendNext();
        });
        Receive<CommandDone>(_ => OnDone());
        Receive<CommandFailed>(Finish);
        Receive<DeadlinePassed>(_ =>
        {
            Finish(new CommandFailed(ErrorCode.Unavailable, "the scheduler did not answer in time"));
            // A late answer must not be taken for that of the next write.
            Become(Loading);
            AskForReferences();
        });
        Receive<ImageReferences>(_ => { });
        Receive<RetryDue>(_ => { });
    }

    private void Enqueue(WriteReferences write)
    {
        if (_queue.Count >= Limits.ReferenceWritesMax)
            Sender.Tell(new ReferencesWritten(write.Token, new CommandFailed(ErrorCode.Unavailable, "too many image references wait for the scheduler")));
        else _queue.Enqueue((write, Sender));
    }

    private void AskForReferences()
    {
        _scheduler.Tell(new ListImageReferences(Cause.Engine("images start")), Self);
        Timers.StartSingleTimer(DeadlineKey, DeadlinePassed.Instance, Limits.TimeoutScheduler);
    }

    private void SendNext()
    {
        if (!_queue.TryPeek(out var head)) return;
        _scheduler.Tell(head.Write.Commands[_next], Self);
        Timers.StartSingleTimer(DeadlineKey, DeadlinePassed.Instance, Limits.TimeoutScheduler);
    }

    private void OnDone()
    {
        if (!_queue.TryPeek(out var head)) return;
        if (++_next < head.Write.Commands.Length) SendNext();
        else Finish(null);
    }

    private void Finish(CommandFailed? failure)
    {
        Timers.Cancel(DeadlineKey);
        _next = 0;
        if (!_queue.TryDequeue(out var head)) return;
        head.From.Tell(new ReferencesWritten(head.Write.Token, failure));
        SendNext();
    }

    /// <summary>Commands for the scheduler, at least one, carried out in order up to the first failure.</summary>
    internal sealed record WriteReferences(object Token, SchedulerCommand[] Commands) : IImagesMessage;

    /// <param name="Failure">Null: all were carried out.</param>
    internal sealed record ReferencesWritten(object Token, CommandFailed? Failure) : IImagesMessage;

    private sealed record DeadlinePassed : IImagesMessage
    {
        public static DeadlinePassed Instance { get; } = new();
    }

    private sealed record RetryDue : IImagesMessage
    {
        public static RetryDue Instance { get; } = new();
    }
}
