using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Troupe.Containers.Shims;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Shim;

namespace Troupe.Containers.Runc;

/// <summary>
/// Starts one run's shim and owns its connection (RuncMessages has the order). It knows nothing of containers' states: every
/// command is tried and answered. A lost connection is not a lost shim: it connects again, and only a shim that is not there any
/// more is reported as lost.
/// </summary>
internal sealed class RuncActor : ReceiveActor, IWithTimers, IDisposable
{
    private const int SignalKill = 9;
    private const int NoSuchProcess = 3; // ESRCH
    private readonly ContainerId _id;
    private readonly ContainersParts _parts;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly MessageDispatcher _blocking;
    private readonly CancellationTokenSource _stopping = new();
    private IActorRef _task = ActorRefs.Nobody;
    private IShimConnection? _connection;
    private string _runDirectory = "";
    private bool _isDestroying;
    private object? _attempt;
    private int _failures;
    private long _handled;

    public static Props Props(ContainerId id, ContainersParts parts) =>
        Akka.Actor.Props.Create(() => new RuncActor(id, parts));

    public RuncActor(ContainerId id, ContainersParts parts)
    {
        _id = id;
        _parts = parts;
        _blocking = Context.System.Dispatchers.Lookup(parts.Settings.BlockingDispatcherId);
        Receive<RuncCommand>(c =>
        {
            _task = Sender;
            _handled++;
            OnCommand(c);
        });
        Receive<Connected>(OnConnected);
        Receive<ExitSeen>(e => OnExit(e.Shim, e.Exit));
        Receive<ConnectionLost>(OnConnectionLost);
        Receive<FindingDone>(OnFound);
        Receive<FindingFailed>(OnFindingFailed);
        Receive<FindDue>(due => Find(due.IsAsked));
        Receive<ShimDestroyed>(done =>
        {
            _task.Tell(done);
            Context.Parent.Tell(new RuncFinished(_id, _handled));
        });
        Receive<RuncReport>(r =>
        {
            _log.Debug("container {0}: {1}", _id, r);
            _task.Tell(r);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop()
    {
        _stopping.Cancel();
        _connection?.DisposeAsync().AsTask().PipeTo(ActorRefs.Nobody);
        base.PostStop();
    }

    public void Dispose() => _stopping.Dispose();

    private void OnCommand(RuncCommand command)
    {
        switch (command)
        {
            case CreateShim c:
                Create(c);
                break;
            case StartShim:
                Start();
                break;
            case ConnectShim c:
                Connect(c);
                break;
            case SignalShim c:
                Call(c.Token, (shim, cancel) => shim.KillAsync(c.Signal, all: false, cancel));
                break;
            case ResizeShim c:
                Call(c.Token, (shim, cancel) => shim.ResizeAsync("", c.Rows, c.Columns, cancel));
                break;
            case DestroyShim c:
                Destroy(c);
                break;
        }
    }

    // Create and start

    private void Create(CreateShim command)
    {
        _runDirectory = command.Config.RunDirectory;
        _isDestroying = false;
        Drop();
        Pipe(
            Limits.TimeoutCreate, cancel => SpawnAsync(command.Config, cancel), shim => new Connected(shim),
            Failed(ShimStep.Create));
    }

    /// <summary>What an earlier run's failed clean-up may have left goes first: names are per container, not per run.</summary>
    private async Task<IShimConnection> SpawnAsync(ShimConfig config, CancellationToken cancel)
    {
        if (Directory.Exists(config.RunDirectory))
        {
            await _parts.Shims.CleanAsync(config.Id, config.RunDirectory, cancel).ConfigureAwait(false);
        }

        return await _parts.Shims.StartAsync(config, cancel).ConfigureAwait(false);
    }

    private void OnConnected(Connected connected)
    {
        if (_isDestroying)
        {
            connected.Shim.DisposeAsync().AsTask().PipeTo(ActorRefs.Nobody);
            return;
        }

        _connection = connected.Shim;
        _log.Debug("container {0}: its shim is there", _id);
        Pipe(
            Limits.TimeoutCreate, cancel => connected.Shim.CreateAsync(cancel),
            state => new ShimCreated(_id, state.Pid, state.PidStartTime), Failed(ShimStep.Create));
    }

    private void Start()
    {
        if (_connection is not { } shim)
        {
            _task.Tell(new ShimFailed(_id, ShimStep.Start, "the shim is not there", 0));
            return;
        }

        WatchExit(shim);
        Pipe(
            Limits.TimeoutStart, cancel => StartAsync(shim, cancel), _ => new ShimStarted(_id), Failed(ShimStep.Start));
    }

    private async Task<bool> StartAsync(IShimConnection shim, CancellationToken cancel)
    {
        await AttachAsync(shim, cancel).ConfigureAwait(false);
        await shim.StartAsync(cancel).ConfigureAwait(false);
        return true;
    }

    /// <summary>Bounded: a client that hangs must not hold the container up.</summary>
    private async Task AttachAsync(IShimConnection shim, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Limits.TimeoutAttach);
        try
        {
            await _parts.Streams.ShimReadyAsync(_id, shim, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            _log.Warning("attach clients of {0} were not connected within {1}", _id, Limits.TimeoutAttach);
        }
    }

    private void WatchExit(IShimConnection shim) => shim.Exited.PipeTo(
        Self, success: exit => new ExitSeen(shim, exit), failure: e => new ConnectionLost(shim, e.Message));

    // Exit and loss

    private void OnExit(IShimConnection shim, ShimExitRecord exit)
    {
        if (!ReferenceEquals(shim, _connection) || _isDestroying) return;
        _log.Debug("container {0}: the kernel says that process {1} has ended with {2}", _id, exit.Pid, exit.ExitCode);
        _task.Tell(new ShimExited(_id, exit));
    }

    private void OnConnectionLost(ConnectionLost lost)
    {
        if (!ReferenceEquals(lost.Shim, _connection) || _isDestroying) return;
        _log.Warning("the connection to the shim of {0} broke: {1}", _id, lost.Reason);
        Drop();
        Find(isAsked: false);
    }

    // Finding a shim again

    private void Connect(ConnectShim command)
    {
        _runDirectory = command.RunDirectory;
        _isDestroying = false;
        Drop();
        Find(isAsked: true);
    }

    private void Find(bool isAsked)
    {
        var attempt = _attempt = new object();
        Pipe(
            Limits.TimeoutAdopt, FindAsync, found => new FindingDone(attempt, isAsked, found),
            e => new FindingFailed(attempt, isAsked, e.Message));
    }

    /// <summary>
    /// The living shim, or the record that it left. Without either the container's processes have lost their parent and their
    /// streams: they are ended, so that what is reported as ended has ended.
    /// </summary>
    private async Task<Found> FindAsync(CancellationToken cancel)
    {
        var shim = await _parts.Shims.ConnectAsync(_runDirectory, cancel).ConfigureAwait(false);
        if (shim is not null)
        {
            var state = await shim.GetStateAsync(cancel).ConfigureAwait(false);
            if (state.Status == ShimTaskStatus.Running) await AttachAsync(shim, cancel).ConfigureAwait(false);
            return new Found(shim, state, null);
        }

        var exit = _parts.Shims.ReadExit(_runDirectory);
        if (exit is null) await _parts.Shims.CleanAsync(_id.Hex, _runDirectory, cancel).ConfigureAwait(false);
        return new Found(null, null, exit);
    }

    private void OnFound(FindingDone done)
    {
        if (_isDestroying || !ReferenceEquals(done.Attempt, _attempt))
        {
            done.Found.Shim?.DisposeAsync().AsTask().PipeTo(ActorRefs.Nobody);
            return;
        }

        _failures = 0;
        if (done.Found is { Shim: { } shim, State: { } state })
        {
            _connection = shim;
            WatchExit(shim);
            if (done.IsAsked) _task.Tell(new ShimFound(_id, state));
        }
        else if (done.IsAsked)
        {
            _task.Tell(new ShimMissing(_id, done.Found.Exit));
        }
        else if (done.Found.Exit is { } exit)
        {
            _task.Tell(new ShimExited(_id, exit));
        }
        else
        {
            _task.Tell(new ShimLost(_id, "the shim is gone and left no exit record"));
        }
    }

    /// <summary>A shim that is there and does not answer (frozen, say) may answer later: nothing is concluded from silence.</summary>
    private void OnFindingFailed(FindingFailed failed)
    {
        if (_isDestroying || !ReferenceEquals(failed.Attempt, _attempt)) return;
        var pause = Delays.Backoff(_failures++);
        _log.Warning("the shim of {0} does not answer ({1}); trying again in {2}", _id, failed.Reason, pause);
        Timers.StartSingleTimer(FindDue.Key, new FindDue(failed.IsAsked), pause);
    }

    // Signals

    private void Call(long token, Func<IShimConnection, CancellationToken, Task> call)
    {
        if (_connection is not { } shim)
        {
            _task.Tell(new ShimAnswered(_id, token, new CommandFailed(
                ErrorCode.Unavailable, $"the shim of container {_id} does not answer")));
            return;
        }

        Pipe(
            Limits.TimeoutShimCall, cancel => Completed(call(shim, cancel)), _ => new ShimAnswered(_id, token, null),
            e => new ShimAnswered(_id, token, Failure(e)));
    }

    private static async Task<bool> Completed(Task call)
    {
        await call.ConfigureAwait(false);
        return true;
    }

    private CommandFailed Failure(Exception e) => e switch
    {
        ShimException { Errno: NoSuchProcess } => new CommandFailed(
            ErrorCode.FailedPrecondition, Containers.DockerWords.NotRunning(_id)),
        ShimException { Errno: > 0 } => new CommandFailed(ErrorCode.Internal, e.Message),
        _ => new CommandFailed(ErrorCode.Unavailable, e.Message),
    };

    // Destroy

    private void Destroy(DestroyShim command)
    {
        _runDirectory = command.RunDirectory;
        _isDestroying = true;
        Timers.Cancel(FindDue.Key);
        var shim = _connection;
        _connection = null;
        Pipe(
            Limits.TimeoutDestroy, cancel => DestroyAsync(shim, cancel), exit => new ShimDestroyed(_id, exit),
            Failed(ShimStep.Destroy));
    }

    /// <summary>The polite way first, as far as the shim goes along; then whatever is left, with or without its help.</summary>
    private async Task<ShimExitRecord?> DestroyAsync(IShimConnection? shim, CancellationToken cancel)
    {
        if (shim is not null) await EndAsync(shim, cancel).ConfigureAwait(false);
        var exit = _parts.Shims.ReadExit(_runDirectory);
        await _parts.Shims.CleanAsync(_id.Hex, _runDirectory, cancel).ConfigureAwait(false);
        return exit;
    }

    /// <summary>
    /// Never fails, whatever goes wrong with the shim: what it does not do is done without it.
    /// </summary>
    private async Task EndAsync(IShimConnection shim, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(Limits.TimeoutKilled, _parts.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            if (await HasEndedAsync(shim, both.Token).ConfigureAwait(false))
            {
                await shim.DeleteAsync(both.Token).WaitAsync(both.Token).ConfigureAwait(false);
            }

            await shim.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _log.Warning("the shim of {0} did not end by itself: {1}", _id, e.Message);
        }
    }

    /// <summary>Ends the container's processes. False: there is no container in the shim.</summary>
    private static async Task<bool> HasEndedAsync(IShimConnection shim, CancellationToken cancel)
    {
        if (shim.Exited.IsCompletedSuccessfully) return true;
        var state = await shim.GetStateAsync(cancel).WaitAsync(cancel).ConfigureAwait(false);
        if (state.Status is ShimTaskStatus.Empty) return false;
        if (state.Status is ShimTaskStatus.Exited) return true;
        await shim.KillAsync(SignalKill, all: true, cancel).WaitAsync(cancel).ConfigureAwait(false);
        await shim.Exited.WaitAsync(cancel).ConfigureAwait(false);
        return true;
    }

    // Plumbing

    private Func<Exception, object> Failed(ShimStep step) =>
        e => new ShimFailed(_id, step, e.Message, e is ShimException shim ? shim.Errno : 0);

    /// <summary>Runs work off the mailbox with a deadline; its outcome comes back as a message.</summary>
    private void Pipe<T>(
        TimeSpan deadline, Func<CancellationToken, Task<T>> work, Func<T, object> done, Func<Exception, object> failed) =>
        BoundedAsync(deadline, work).PipeTo(Self, success: done, failure: failed);

    private async Task<T> BoundedAsync<T>(TimeSpan deadline, Func<CancellationToken, Task<T>> work)
    {
        using var timeout = new CancellationTokenSource(deadline, _parts.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, timeout.Token);
        var cancel = both.Token;
        try
        {
            return await _blocking.StartOn(() => work(cancel)).WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested)
        {
            throw new ShimException($"the shim did not answer within {deadline.TotalSeconds:0} s", 0, e);
        }
    }

    private void Drop()
    {
        _connection?.DisposeAsync().AsTask().PipeTo(ActorRefs.Nobody);
        _connection = null;
    }

    private sealed record Connected(IShimConnection Shim);

    private sealed record ExitSeen(IShimConnection Shim, ShimExitRecord Exit);

    private sealed record ConnectionLost(IShimConnection Shim, string Reason);

    private sealed record Found(IShimConnection? Shim, ShimState? State, ShimExitRecord? Exit);

    private sealed record FindingDone(object Attempt, bool IsAsked, Found Found);

    private sealed record FindingFailed(object Attempt, bool IsAsked, string Reason);

    private sealed record FindDue(bool IsAsked)
    {
        public const string Key = "find";
    }
}
