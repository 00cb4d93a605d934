using Akka.Actor;
using Akka.Event;
using Troupe.Containers.Bundles;
using Troupe.Containers.Containers;
using Troupe.Containers.Runc;
using Troupe.Containers.Shims;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Protocol.Networks;
using Troupe.Specs;
using Troupe.Specs.Runtime;
using Troupe.Specs.Shim;

namespace Troupe.Containers.Tasks;

/// <summary>
/// One container's resources on this node: makes what a run needs, in order, and takes it away again. Holds nothing that could not be
/// found again from the container's journal, the shim and the kernel.
/// <code>
///   Idle --run----> Preparing (snapshot + address) -> Writing (bundle) -> Creating (shim, init) -> Connecting (veth)
///     |                 -> Starting (attach, exec) -> Running --exit--> Ended --release--> Releasing -> Idle (finished)
///     |              any of these failing --> Undoing --> start failed, Idle
///     +--adopt----> Adopting -> Running | Ended | Undoing
///     +--delete---> (Running: killed, Ended, Releasing first) Deleting -> Idle (finished)
/// </code>
/// Commands that don't fit the moment wait; the container's actor has few under way. Signals are answered at once in every state.
/// </summary>
internal sealed class TaskActor : ReceiveActor, IWithTimers
{
    private const int WaitingMax = 32;
    private const long TokenKill = -1;
    private static readonly Cause Starting = Cause.Engine("start");
    private static readonly Cause Ending = Cause.Engine("exit");

    private readonly ContainerId _id;
    private readonly ContainersParts _parts;
    private readonly string _runDirectory;
    private readonly IActorRef _images;
    private readonly IActorRef _networks;
    private readonly IActorRef _runcs;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<(TaskCommand Command, IActorRef From)> _waiting = new();
    private IActorRef _owner = ActorRefs.Nobody;
    private TaskSpec _task = null!;
    private int _run;
    private int _pid;
    private ulong _pidStartTime;
    private RootfsMount[]? _rootfs;
    private EndpointReserved? _reserved;
    private EndpointInfo? _endpoint;
    private IActorRef? _worker;
    private TaskExited? _exit;
    private TaskStartFailed? _failure;
    private DeleteTask? _deleting;
    private string? _problem;
    private long _step;
    private int _open;
    private long _handled;

    public static Props Props(
        ContainerId id, ContainersParts parts, IActorRef images, IActorRef networks, IActorRef runcs) =>
        Akka.Actor.Props.Create(() => new TaskActor(id, parts, images, networks, runcs));

    public TaskActor(ContainerId id, ContainersParts parts, IActorRef images, IActorRef networks, IActorRef runcs)
    {
        _id = id;
        _parts = parts;
        _runDirectory = new ContainerPaths(parts.Settings).Run(id);
        _images = images;
        _networks = networks;
        _runcs = runcs;
        Idle();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A child that writes files failed in a way nobody foresaw: it ends, and the step that waits for it fails.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private string? Network => NetworkModes.NetworkOf(_task.Spec.Host.NetworkMode);

    private EndpointInfo[] Endpoints => _endpoint is { } endpoint ? [endpoint] : [];

    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is TaskCommand) _handled++;
        return base.AroundReceive(receive, message);
    }

    // Behaviours

    private void Idle()
    {
        On<RunTask>(c => Begin(c.Task, c.Run, Prepare));
        On<AdoptTask>(c => Begin(c.Task, c.Run, () => Adopt(c.Pid, c.PidStartTime)));
        On<ReleaseTask>(c => Begin(c.Task, c.Run, Release));
        On<DeleteTask>(c => Begin(c.Task, c.Run, () => Delete(c)));
        On<SignalTask>(c => Refuse(c.Run, c.Token));
        On<ResizeTask>(c => Refuse(c.Run, c.Token));
        Common();
    }

    private void Refuse(int run, long token)
    {
        Report(NotRunning(run, token));
        Context.Parent.Tell(new TaskFinished(_id, _handled));
    }

    private void Preparing()
    {
        OnAnswer(
            answer => Prepared(answer),
            problem => Undo(StartFailures.Of(problem)));
        Common();
    }

    private void Writing()
    {
        OnAnswer(
            answer =>
            {
                if (answer is BundleWritten bundle) Create(bundle);
                else Undo(StartFailures.Of((BundleFailed)answer));
            },
            problem => Undo(StartFailures.Of(problem)));
        OnWorkerLost(() => Undo(StartFailures.Of(new CommandFailed(ErrorCode.Internal, "the bundle can't be written"))));
        Common();
    }

    private void Creating()
    {
        Receive<ShimCreated>(OnCreated);
        Receive<ShimFailed>(f => Undo(StartFailures.Of(f, _task.Spec)));
        Common();
    }

    private void Connecting()
    {
        OnAnswer(
            answer => StartInit(((EndpointConnected)answer).Endpoint),
            problem => Undo(StartFailures.Of(problem)));
        Common();
    }

    private void StartingInit()
    {
        Receive<ShimStarted>(_ => ReportStarted());
        Receive<ShimFailed>(f => Undo(StartFailures.Of(f, _task.Spec)));
        RememberEarlyExit();
        Common();
    }

    private void Adopting()
    {
        Receive<ShimFound>(found => OnFound(found.State));
        Receive<ShimMissing>(missing => OnEnded(missing.Exit));
        Receive<AdoptOverdue>(_ => Undo(StartFailures.Interrupted));
        Receive<KillOverdue>(_ => Force());
        On<DeleteTask>(BeginDelete);
        Receive<SignalTask>(Wait); // for what is found
        Receive<ResizeTask>(Wait);
        OnAnswer(
            answer =>
            {
                _endpoint = ((EndpointReserved)answer).Endpoint;
                ReportStarted();
            },
            problem => Undo(StartFailures.Of(problem)));
        RememberEarlyExit();
        Common();
    }

    private void Running()
    {
        On<SignalTask>(c => _runcs.Tell(new SignalShim(_id, c.Signal, c.Token)));
        On<ResizeTask>(c => _runcs.Tell(new ResizeShim(_id, c.Rows, c.Columns, c.Token)));
        On<AdoptTask>(c =>
        {
            if (c.Pid == 0) Report(new TaskStarted(_id, _run, _pid, _pidStartTime, Endpoints));
        });
        On<DeleteTask>(BeginDelete);
        Receive<KillOverdue>(_ => Force());
        Receive<ShimExited>(e => End(ExitOf(e.Exit)));
        Receive<ShimLost>(_ => End(ExitUnknown()));
        Common();
    }

    /// <summary>A removal of something that does not end by itself: everything is taken away under it.</summary>
    private void Forcing()
    {
        Receive<ShimDestroyed>(d => End(d.Exit is { } exit ? ExitOf(exit) : ExitUnknown()));
        Receive<ShimFailed>(f =>
        {
            _deleting = null;
            Report(new TaskDeleteFailed(_id, _run, StartFailures.CannotKill(_id, f.Message)));
            Adopt(_pid, _pidStartTime);
        });
        Common();
    }

    /// <summary>The exit was reported; its record stays until it is journalled.</summary>
    private void Ended()
    {
        On<AdoptTask>(_ => Report(_exit!));
        On<ReleaseTask>(_ => Release());
        On<DeleteTask>(c =>
        {
            _deleting = c;
            if (c.Pid == 0) Release();
            else Report(_exit!);
        });
        Common();
    }

    /// <summary>After an exit, after a start that failed, and first of all in a removal.</summary>
    private void Releasing()
    {
        Receive<ShimDestroyed>(_ => Closed(null, OnReleased));
        Receive<ShimFailed>(f => Closed(f.Message, OnReleased));
        On<ReleaseTask>(_ => { });
        On<DeleteTask>(c => _deleting = c);
        // A network that does not exist holds no endpoint: the container must stay removable.
        OnAnswer(_ => Closed(null, OnReleased), problem => Closed(problem.Code == ErrorCode.NotFound ? null : problem.Message, OnReleased));
        Common();
    }

    private void RemovingFiles()
    {
        OnAnswer(_ => Closed(null, OnDeleted), problem => Closed(problem.Message, OnDeleted));
        On<ReleaseTask>(_ => { });
        On<DeleteTask>(_ => { });
        OnWorkerLost(() => Closed("the container's directory can't be removed", OnDeleted));
        Common();
    }

    /// <summary>
    /// What no state treats otherwise. A container's actor that was made again takes the place of the former one by its first command;
    /// an AdoptTask needs no more where a report is to come anyway.
    /// </summary>
    private void Common()
    {
        Receive<SignalTask>(c => Sender.Tell(NotRunning(c.Run, c.Token)));
        Receive<ResizeTask>(c => Sender.Tell(NotRunning(c.Run, c.Token)));
        On<AdoptTask>(_ => { });
        Receive<TaskCommand>(Wait);
        Receive<ShimAnswered>(a => Report(new TaskAnswered(_id, _run, a.Token, a.Failure)));
        Receive<RuncLost>(_ => throw new InvalidOperationException($"the runc actor of {_id} was lost"));
        ReceiveAny(_ => { }); // answers of a step that is over
    }

    private void On<T>(Action<T> handle)
        where T : TaskCommand => Receive<T>(c =>
        {
            _owner = Sender;
            handle(c);
        });

    private void OnAnswer(Action<object> done, Action<CommandFailed> failed) => Receive<Answer>(a =>
    {
        if (a.Step != _step) return;
        if (a.Value is CommandFailed problem) failed(problem);
        else done(a.Value);
    });

    private void OnWorkerLost(Action lost) => Receive<Terminated>(t =>
    {
        if (t.ActorRef.Equals(_worker)) lost();
    });

    private void RememberEarlyExit()
    {
        Receive<ShimExited>(e => _exit = ExitOf(e.Exit));
        Receive<ShimLost>(_ => _exit = ExitUnknown());
    }

    private void Enter(Action behaviour)
    {
        _step++;
        Become(behaviour);
    }

    /// <summary>A state that lasts: what waited is tried again, in order.</summary>
    private void Settle(Action behaviour)
    {
        Enter(behaviour);
        while (_waiting.TryDequeue(out var next))
        {
            _handled--;
            Self.Tell(next.Command, next.From);
        }
    }

    private void Wait(TaskCommand command)
    {
        if (_waiting.Count < WaitingMax) _waiting.Enqueue((command, Sender));
        else if (command is SignalTask signal) Sender.Tell(NotRunning(signal.Run, signal.Token));
        else if (command is ResizeTask resize) Sender.Tell(NotRunning(resize.Run, resize.Token));
        else _log.Error("{0} of container {1} is dropped: too many commands wait", command.GetType().Name, _id);
    }

    private void Begin(TaskSpec task, int run, Action begin)
    {
        _task = task;
        _run = run;
        _exit = null;
        _failure = null;
        begin();
    }

    private void Report(TaskReport report) => _owner.Tell(report);

    private TaskAnswered NotRunning(int run, long token) => new(
        _id, run, token, new CommandFailed(ErrorCode.FailedPrecondition, DockerWords.NotRunning(_id)));

    // Start

    private void Prepare()
    {
        (_pid, _pidStartTime, _rootfs, _reserved, _endpoint) = (0, 0, null, null, null);
        Enter(Preparing);
        Ask(_images, new PrepareSnapshot(_id, _task.ChainIds), Limits.TimeoutPrepare);
        if (Network is { } network) Ask(_networks, new ReserveEndpoint(network, Starting, _id), Limits.TimeoutConnect);
    }

    private void Prepared(object answer)
    {
        if (answer is SnapshotPrepared snapshot) _rootfs = snapshot.Mounts;
        if (answer is EndpointReserved reserved) _reserved = reserved;
        if (_rootfs is null || (Network is not null && _reserved is null)) return;
        Enter(Writing);
        StartWorker();
        Ask(_worker!, new WriteBundle(_task, _rootfs, _reserved), Limits.TimeoutBundle);
    }

    private void Create(BundleWritten bundle)
    {
        EndWorker();
        Enter(Creating);
        _runcs.Tell(new CreateShim(_id, bundle.Config));
    }

    private void OnCreated(ShimCreated created)
    {
        (_pid, _pidStartTime) = (created.Pid, created.PidStartTime);
        if (Network is not { } network)
        {
            StartInit(null);
            return;
        }

        Enter(Connecting);
        Ask(_networks, new ConnectEndpoint(network, Starting, _id, _pid), Limits.TimeoutConnect);
    }

    private void StartInit(EndpointInfo? endpoint)
    {
        _endpoint = endpoint;
        Enter(StartingInit);
        _runcs.Tell(new StartShim(_id));
    }

    /// <summary>A short-lived process may have ended before its start was told.</summary>
    private void ReportStarted()
    {
        Timers.Cancel(AdoptOverdue.Key);
        Report(new TaskStarted(_id, _run, _pid, _pidStartTime, Endpoints));
        if (_exit is null) Settle(Running);
        else End(_exit);
    }

    private void Undo(StartFailure failure)
    {
        Timers.Cancel(AdoptOverdue.Key);
        EndWorker();
        _failure = new TaskStartFailed(_id, _run, failure.ExitCode, failure.Message, failure.Code);
        Release();
    }

    // Adopt

    private void Adopt(int pid, ulong pidStartTime)
    {
        (_pid, _pidStartTime) = (pid, pidStartTime);
        Enter(Adopting);
        _runcs.Tell(new ConnectShim(_id, _runDirectory));
        if (pid == 0) Timers.StartSingleTimer(AdoptOverdue.Key, new AdoptOverdue(), Limits.TimeoutAdopt * 2);
    }

    private void OnFound(ShimState state)
    {
        if (_pid == 0) OnFoundStarting(state);
        else if (state.Exit is { } exit) OnEnded(exit);
        else if (IsOurs(state)) OnFoundRunning();
        else OnEnded(null); // another process: ours is gone, and the release takes this one away
    }

    private bool IsOurs(ShimState state) =>
        state.Status == ShimTaskStatus.Running && state.Pid == _pid && state.PidStartTime == _pidStartTime;

    private void OnFoundRunning()
    {
        Settle(Running);
        if (_deleting is { } deleting) BeginDelete(deleting);
    }

    /// <summary>The start was under way when trouped ended: it is done if the process runs or ran, and undone otherwise.</summary>
    private void OnFoundStarting(ShimState state)
    {
        (_pid, _pidStartTime) = (state.Pid, state.PidStartTime);
        if (state.Status is not (ShimTaskStatus.Running or ShimTaskStatus.Exited))
        {
            Undo(StartFailures.Interrupted);
            return;
        }

        if (state.Exit is { } exit) _exit = ExitOf(exit);
        if (Network is not { } network) ReportStarted();
        else Ask(_networks, new ReserveEndpoint(network, Starting, _id), Limits.TimeoutConnect);
    }

    private void OnEnded(ShimExitRecord? record)
    {
        if (_pid != 0)
        {
            End(record is not null && record.Pid == _pid ? ExitOf(record) : ExitUnknown());
        }
        else if (record is null)
        {
            Undo(StartFailures.Interrupted);
        }
        else
        {
            _pid = record.Pid;
            _exit = ExitOf(record);
            ReportStarted();
        }
    }

    // Exit

    private void End(TaskExited exit)
    {
        Timers.Cancel(KillOverdue.Key);
        _exit = exit;
        Report(exit);
        Settle(Ended);
    }

    private TaskExited ExitOf(ShimExitRecord record) => new(_id, _run, record.ExitCode, record.OomKilled, Known: true);

    private TaskExited ExitUnknown() => new(_id, _run, ExitCode: 255, OomKilled: false, Known: false);

    private void Release()
    {
        Enter(Releasing);
        _problem = null;
        _open = 1;
        _runcs.Tell(new DestroyShim(_id, _runDirectory));
        if (Network is not { } network) return;
        _open++;
        Ask(_networks, new ReleaseEndpoint(network, Ending, _id), Limits.TimeoutReleaseEndpoint);
    }

    /// <summary>One of the things to take away is gone, or (<paramref name="problem"/>) can't be taken away.</summary>
    private void Closed(string? problem, Action all)
    {
        _problem ??= problem;
        if (--_open > 0) return;
        if (_problem is not null) _log.Warning("container {0}: {1}", _id, _problem);
        all();
    }

    private void OnReleased()
    {
        if (_failure is { } failure) Report(failure);
        _failure = null;
        if (_deleting is null) Finish();
        else if (_problem is not null) OnDeleted();
        else RemoveFiles();
    }

    private void Finish()
    {
        var isIdle = _waiting.Count == 0;
        Settle(Idle);
        if (isIdle) Context.Parent.Tell(new TaskFinished(_id, _handled));
    }

    // Delete

    private void Delete(DeleteTask command)
    {
        _deleting = command;
        if (command.Pid == 0)
        {
            Release();
            return;
        }

        Adopt(command.Pid, command.PidStartTime);
        ExpectEnd();
    }

    private void BeginDelete(DeleteTask command)
    {
        _deleting = command;
        _runcs.Tell(new SignalShim(_id, LinuxSignals.Kill, TokenKill));
        ExpectEnd();
    }

    private void ExpectEnd() => Timers.StartSingleTimer(KillOverdue.Key, new KillOverdue(), Limits.TimeoutKilled);

    private void Force()
    {
        Enter(Forcing);
        _runcs.Tell(new DestroyShim(_id, _runDirectory));
    }

    private void RemoveFiles()
    {
        Enter(RemovingFiles);
        _open = 2;
        StartWorker();
        Ask(_images, new RemoveSnapshot(_id), Limits.TimeoutRemoveFiles);
        Ask(_worker!, new RemoveBundle(_id), Limits.TimeoutRemoveFiles);
    }

    private void OnDeleted()
    {
        EndWorker();
        _deleting = null;
        Report(_problem is null
            ? new TaskDeleted(_id, _run)
            : new TaskDeleteFailed(_id, _run, StartFailures.CannotRemove(_id, _problem)));
        Finish();
    }

    // Plumbing

    /// <summary>
    /// An ask inside the system, on purpose: the neighbours' failures carry no id, and two of them may be asked at once. The
    /// answer comes back as a message of this step; one that comes later than its step counts for nothing.
    /// </summary>
    private void Ask(IActorRef whom, object message, TimeSpan timeout)
    {
        var step = _step;
        whom.Ask<object>(message, timeout).PipeTo(
            Self,
            success: value => new Answer(step, value),
            failure: e => new Answer(step, new CommandFailed(
                ErrorCode.Unavailable, $"{message.GetType().Name} was not answered within {timeout.TotalSeconds:0} s: {e.Message}")));
    }

    private void StartWorker()
    {
        _worker = Context.ActorOf(BundleWorker.Props(_parts).WithDispatcher(_parts.Settings.BlockingDispatcherId));
        Context.Watch(_worker);
    }

    private void EndWorker()
    {
        if (_worker is null) return;
        Context.Unwatch(_worker);
        Context.Stop(_worker);
        _worker = null;
    }

    private sealed record Answer(long Step, object Value);

    private sealed record AdoptOverdue
    {
        public const string Key = "adopt";
    }

    private sealed record KillOverdue
    {
        public const string Key = "kill";
    }
}
