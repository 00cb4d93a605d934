using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Runtime.Shim;

/// <summary>A process as the runtime made it: our ends of its stdio. With a terminal only <see cref="Terminal"/> is set.</summary>
internal sealed record LaunchedProcess(
    int Pid, ulong StartTime, FileDescriptor PidFd, FileDescriptor? Stdin, FileDescriptor? Stdout, FileDescriptor? Stderr,
    FileDescriptor? Terminal);

/// <summary>
/// The container's first process (empty exec id) or an exec: its stdio, its attached clients, its end.
/// <code>
///   running --reaped--> ended --outputs read to their end, or the drain's deadline--> finished (told to the task)
/// </code>
/// </summary>
internal sealed class ShimProcess : IEventHandler, IDisposable
{
    private readonly LaunchedProcess _launched;
    private readonly EventSource _pidSource;
    private readonly EventTimer _drainTimer;
    private readonly EventTimer _holdTimer;
    private readonly Action _reap;
    private readonly Action<ShimProcess> _finished;
    private readonly List<ShimClient> _clients = [];
    private readonly bool _stdinOnce;
    private long _endedMs;
    private bool _isFinished;

    public ShimProcess(
        EventLoop loop, string execId, LaunchedProcess launched, JsonLogWriter? log, bool stdinOnce, Action reap,
        Action<ShimProcess> finished)
    {
        ExecId = execId;
        _launched = launched;
        _stdinOnce = stdinOnce;
        _reap = reap;
        _finished = finished;
        _drainTimer = new EventTimer(loop, Drain);
        _holdTimer = new EventTimer(loop, StartReading);
        var terminal = launched.Terminal;
        if (terminal is not null)
        {
            Stdin = new StdinPipe(loop, DescriptorIo.Duplicate(terminal, 3), terminal: true);
            Stdout = new OutputStream(loop, DescriptorIo.Duplicate(terminal, 3), StdStream.Stdout, log, OutputEnded);
        }
        else
        {
            if (launched.Stdin is not null) Stdin = new StdinPipe(loop, launched.Stdin, terminal: false);
            if (launched.Stdout is not null) Stdout = new OutputStream(loop, launched.Stdout, StdStream.Stdout, log, OutputEnded);
            if (launched.Stderr is not null) Stderr = new OutputStream(loop, launched.Stderr, StdStream.Stderr, log, OutputEnded);
        }
        _pidSource = new EventSource(loop, launched.PidFd, this);
        _pidSource.Want(PollConditions.Readable);
    }

    public string ExecId { get; }

    public LaunchedProcess Launched => _launched;

    public int Pid => _launched.Pid;

    public ulong StartTime => _launched.StartTime;

    /// <summary>The pty's master, for resizing; null without a terminal.</summary>
    public FileDescriptor? Terminal => _launched.Terminal;

    public StdinPipe? Stdin { get; }

    public OutputStream? Stdout { get; }

    public OutputStream? Stderr { get; }

    public ReapedChild? Exit { get; private set; }

    /// <summary>Set once the exit may be told: for the first process when it is on disk.</summary>
    public ShimExit? Announced { get; private set; }

    public long EndedAtUnixNs { get; private set; }

    public void StartReading()
    {
        _holdTimer.Cancel();
        Stdout?.StartReading();
        Stderr?.StartReading();
    }

    /// <summary>Reads no output until a client is attached, or the time is over.</summary>
    public void HoldOutput() => _holdTimer.Set(ShimLimits.ExecHoldMs);

    public void Attached(ShimClient client)
    {
        _clients.Add(client);
        if (_holdTimer.IsSet) StartReading();
    }

    public void Left(ShimClient client)
    {
        _clients.Remove(client);
        Stdin?.Forget(client);
        if (client.WritesStdin) InputEnded();
    }

    /// <summary>A client has no more input: the end of stdin for StdinOnce and for execs.</summary>
    public void InputEnded()
    {
        if (_stdinOnce) Stdin?.Close();
    }

    /// <summary>The pidfd: the process has ended.</summary>
    public void OnReady(PollConditions conditions)
    {
        _pidSource.Want(PollConditions.None);
        _reap();
    }

    public void Reaped(ReapedChild child)
    {
        Exit = child;
        EndedAtUnixNs = Clock.RealtimeNs();
        _endedMs = EventLoop.NowMs;
        _pidSource.Want(PollConditions.None);
        StartReading();
        Stdin?.Dispose();
        if (OutputsEnded) Finish();
        else _drainTimer.Set(ShimLimits.DrainIdleMs);
    }

    public void Announce(ShimExit exit)
    {
        Announced = exit;
        for (var i = _clients.Count - 1; i >= 0; i--) _clients[i].Flush();
    }

    public void Dispose()
    {
        _drainTimer.Cancel();
        _holdTimer.Cancel();
        _pidSource.Want(PollConditions.None);
        Stdin?.Dispose();
        _isFinished = true;
        Stdout?.Dispose();
        Stderr?.Dispose();
        _launched.Terminal?.Dispose();
        _launched.PidFd.Dispose();
    }

    private bool OutputsEnded => (Stdout?.Ended ?? true) && (Stderr?.Ended ?? true);

    private void OutputEnded()
    {
        if (Exit is not null && OutputsEnded) Finish();
    }

    private void Drain()
    {
        var now = EventLoop.NowMs;
        var last = Math.Max(_endedMs, Math.Max(Stdout?.LastByteMs ?? 0, Stderr?.LastByteMs ?? 0));
        var left = Math.Min(ShimLimits.DrainIdleMs - (now - last), ShimLimits.DrainMs - (now - _endedMs));
        if (left > 0)
        {
            _drainTimer.Set((int)left);
            return;
        }
        Stdout?.Close();
        Stderr?.Close();
    }

    private void Finish()
    {
        if (_isFinished) return;
        _isFinished = true;
        _drainTimer.Cancel();
        _finished(this);
    }
}
