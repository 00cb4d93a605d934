using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Specs.Shim;

namespace Troupe.Runtime.Shim;

internal enum ShimTaskStatus : byte
{
    Empty = 0,
    Created = 1,
    Running = 2,
    Exited = 3,
}

/// <summary>
/// The container of this shim.
/// <code>
///   empty --Create--> created --Start--> running --reaped, drained, exit.json durable--> exited --Delete--> (shim ends)
///     ^                  |
///     `---Create failed  `--Start failed: the init ends--> exited (code 127 or 126)
/// </code>
/// Invariant: nobody is told of an exit that is not on disk (unless the disk refuses it: then the living shim is the only record,
/// and it does not end by itself).
/// </summary>
internal sealed class ShimTask : IEventHandler, IDisposable
{
    private readonly EventLoop _loop;
    private readonly ShimConfig _config;
    private readonly ITaskRuntime _runtime;
    private readonly JsonLogWriter? _log;
    private readonly EventTimer _orphanTimer;
    private readonly Dictionary<string, ShimProcess> _execs = [];
    private readonly Queue<string> _execsEnded = new();
    private readonly EventTimer _settleTimer;
    private EventSource? _oomSource;
    private bool _oomIsCertain;
    private bool _oomSeen;
    private ulong _oomKillsSeen;
    private FileDescriptor? _oom;
    private int? _startFailureCode;

    public ShimTask(EventLoop loop, ShimConfig config, ITaskRuntime runtime)
    {
        _loop = loop;
        _config = config;
        _runtime = runtime;
        if (config.LogDriver == "json-file") _log = new JsonLogWriter(config.LogPath, config.LogSizeMaxBytes, config.LogFilesMax);
        _orphanTimer = new EventTimer(loop, ReapChildren);
        _settleTimer = new EventTimer(loop, Settle);
    }

    public ShimTaskStatus Status { get; private set; }

    public ShimProcess? Init { get; private set; }

    public bool ExitIsDurable { get; private set; }

    /// <summary>Raised for every out-of-memory event that was noticed.</summary>
    public event Action? OutOfMemory;

    /// <summary>A process ended and may be told of; raised before its stream clients are.</summary>
    public event Action<ShimProcess, ShimExit>? Ended;

    public ShimTaskState State() => new(
        (byte)Status, Init?.Pid ?? 0, Init?.StartTime ?? 0, Init?.Stdout?.Ring.Head ?? 0, Init?.Stderr?.Ring.Head ?? 0, Init?.Announced);

    public void Create()
    {
        if (Status != ShimTaskStatus.Empty) throw new InvalidOperationException("the container was created already");
        var launched = _runtime.Create();
        Init = new ShimProcess(_loop, "", launched, _log, _config.StdinOnce, ReapChildren, InitFinished);
        Status = ShimTaskStatus.Created;
        if (_runtime.SharesPidNamespace) _orphanTimer.Set(ShimLimits.ReapMs);
        Init.StartReading();
        WatchOom();
    }

    public void Start()
    {
        if (Status != ShimTaskStatus.Created) throw new InvalidOperationException($"the container is {Status}, not created");
        try
        {
            _runtime.Start();
            Status = ShimTaskStatus.Running;
            _settleTimer.Set(ShimLimits.SettleMs);
        }
        catch (LinuxException failure)
        {
            _startFailureCode = failure.Errno == Errno.ENOENT ? 127 : 126;
            throw;
        }
        catch (TaskRuntimeException failure)
        {
            _startFailureCode = failure.ExitCode;
            throw;
        }
    }

    public ShimProcess Exec(ShimExecRequest request)
    {
        if (Status != ShimTaskStatus.Running) throw new InvalidOperationException($"the container is {Status}, not running");
        if (!ShimProtocol.IsExecId(request.ExecId)) throw new LinuxException(Errno.EINVAL, "exec", "exec id");
        if (_execs.ContainsKey(request.ExecId)) throw new LinuxException(Errno.EEXIST, "exec", request.ExecId);
        if (_execs.Count >= ShimLimits.ExecsMax + ShimLimits.ExecsEndedMax) throw new LinuxException(Errno.EAGAIN, "exec", "too many execs");
        var json = TakeExecFile(request.ExecId);
        var launched = _runtime.Exec(json, request.Terminal, request.StdinOpen);
        var process = new ShimProcess(_loop, request.ExecId, launched, null, stdinOnce: true, ReapChildren, ExecFinished);
        _execs.Add(request.ExecId, process);
        _settleTimer.Set(ShimLimits.SettleMs);
        if (request.HoldOutput) process.HoldOutput();
        else process.StartReading();
        return process;
    }

    /// <summary>The first process (empty id) or an exec; null when there is none.</summary>
    public ShimProcess? Find(string execId) => execId.Length == 0 ? Init : _execs.GetValueOrDefault(execId);

    public void Kill(ShimKill request)
    {
        if (request.Signal is < 0 or > 64) throw new LinuxException(Errno.EINVAL, "kill", $"signal {request.Signal}");
        if (request.All)
        {
            if (Status == ShimTaskStatus.Empty) throw new LinuxException(Errno.ESRCH, "kill", "no container");
            _runtime.SignalAll(request.Signal);
            return;
        }
        var process = Find(request.ExecId) ?? throw new LinuxException(Errno.ESRCH, "kill", request.ExecId);
        if (process.Exit is not null) throw new LinuxException(Errno.ESRCH, "kill", "the process has ended");
        _runtime.Signal(process.Launched, request.Signal);
    }

    public void Resize(ShimResize request)
    {
        var process = Find(request.ExecId) ?? throw new LinuxException(Errno.ESRCH, "resize", request.ExecId);
        if (process.Terminal is null) throw new LinuxException(Errno.ENOTTY, "resize", "the process has no terminal");
        _runtime.Resize(process.Terminal, request.Rows, request.Columns);
    }

    public IEnumerable<KeyValuePair<ShimStat, ulong>> ReadStats() => _runtime.ReadStats();

    /// <summary>Kills a container that was created and not started; otherwise nothing.</summary>
    public void KillUnstarted()
    {
        if (Status == ShimTaskStatus.Created && Init is { Exit: null } init) _runtime.Signal(init.Launched, 9);
    }

    public void DeleteRuntime() => _runtime.Delete();

    /// <summary>This shim is not to be found any more: it is told to end, and only serves its last readers.</summary>
    public void LeaveRunDirectory()
    {
        DurableFile.TryDelete(Path.Combine(_config.RunDirectory, ShimPid.FileName));
        DurableFile.TryDelete(Path.Combine(_config.RunDirectory, ShimProtocol.SocketName));
    }

    /// <summary>Pending log lines reach the file; once per turn of the loop.</summary>
    public void FlushLog() => _log?.Flush();

    public void Dispose()
    {
        _orphanTimer.Cancel();
        _settleTimer.Cancel();
        CloseOomWatch();
        Init?.Dispose();
        foreach (var exec in _execs.Values) exec.Dispose();
        _log?.Dispose();
    }

    private void ReapChildren()
    {
        while (Children.TryReap(out var child))
        {
            if (Init?.Pid == child.Pid && Init.Exit is null)
            {
                // Without a pid namespace the other processes outlive the first; Docker ends them too.
                if (_runtime.SharesPidNamespace) TrySignalAll();
                Init.Reaped(child);
                continue;
            }
            foreach (var exec in _execs.Values)
            {
                if (exec.Pid != child.Pid || exec.Exit is not null) continue;
                exec.Reaped(child);
                break;
            }
        }
        if (_runtime.SharesPidNamespace) _orphanTimer.Set(ShimLimits.ReapMs);
    }

    private void WatchOom()
    {
        _oom = _runtime.WatchOom(out _oomIsCertain);
        if (_oom is null) return;
        _oomSource = new EventSource(_loop, _oom, this);
        _oomSource.Want(PollConditions.Readable);
    }

    private void CloseOomWatch()
    {
        _oomSource?.Want(PollConditions.None);
        _oomSource = null;
        _oom?.Dispose();
        _oom = null;
    }

    /// <summary>The container's memory ran out, or (on v2) some counter of it changed.</summary>
    public void OnReady(PollConditions conditions)
    {
        Span<byte> events = stackalloc byte[512];
        while (DescriptorIo.Read(_oom!, events) > 0)
        {
        }
        var kills = _runtime.ReadOomKills();
        if (!_oomIsCertain && kills <= _oomKillsSeen) return;
        _oomKillsSeen = kills;
        _oomSeen = true;
        OutOfMemory?.Invoke();
    }

    /// <summary>The work of starting is done and most shims do nothing from here on: give back what it took.</summary>
    private void Settle()
    {
        _log?.Forget();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private void TrySignalAll()
    {
        try
        {
            _runtime.SignalAll(9);
        }
        catch (LinuxException)
        {
            // The cgroup is empty or gone.
        }
    }

    private void InitFinished(ShimProcess init)
    {
        _log?.Flush();
        var child = init.Exit!.Value;
        CloseOomWatch();
        var exit = ExitOf(init, _startFailureCode ?? child.ExitCode, child.Signal, _oomSeen || _runtime.ReadOomKills() > 0);
        var record = new ShimExitRecord(
            _config.Id, exit.Pid, exit.ExitCode, exit.Signal, exit.OomKilled, exit.ExitedAtUnixNs, exit.StdoutBytes, exit.StderrBytes);
        try
        {
            DurableFile.Write(_config.RunDirectory, ShimProtocol.ExitName, ShimFiles.Write(record));
            ExitIsDurable = true;
        }
        catch (LinuxException)
        {
            ExitIsDurable = false;
        }
        Status = ShimTaskStatus.Exited;
        Tell(init, exit);
    }

    private void ExecFinished(ShimProcess exec)
    {
        var child = exec.Exit!.Value;
        Tell(exec, ExitOf(exec, child.ExitCode, child.Signal, oomKilled: false));
        _execsEnded.Enqueue(exec.ExecId);
        if (_execsEnded.Count <= ShimLimits.ExecsEndedMax) return;
        var oldest = _execsEnded.Dequeue();
        if (_execs.Remove(oldest, out var forgotten)) forgotten.Dispose();
    }

    private void Tell(ShimProcess process, ShimExit exit)
    {
        Ended?.Invoke(process, exit);
        process.Announce(exit);
    }

    private static ShimExit ExitOf(ShimProcess process, int code, int signal, bool oomKilled) => new(
        process.ExecId, process.Pid, code, signal, oomKilled, process.EndedAtUnixNs,
        process.Stdout?.Ring.Head ?? 0, process.Stderr?.Ring.Head ?? 0);

    private byte[] TakeExecFile(string execId)
    {
        var path = Path.Combine(_config.RunDirectory, ShimProtocol.ExecFileName(execId));
        var json = DurableFile.ReadBounded(path, ShimLimits.ExecFileBytesMax);
        DurableFile.TryDelete(path);
        return json;
    }
}
