using System.Collections.Concurrent;
using System.Globalization;
using Troupe.Linux.Events;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Shims;

/// <summary>The control connection to one shim. One task reads; requests wait for the answer with their id.</summary>
internal sealed class ShimConnection : IShimConnection
{
    private readonly ShimFrameSocket _socket;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<Answer>> _waiting = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ShimExecState>> _execs = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<ShimExitRecord> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private readonly string _id;
    private uint _lastId;
    private volatile bool _broken;

    private ShimConnection(ShimFrameSocket socket, string runDirectory, string id, TimeProvider time)
    {
        _socket = socket;
        _time = time;
        _id = id;
        RunDirectory = runDirectory;
        _ = _exited.Task.ContinueWith(
            static faulted => _ = faulted.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        _reading = Task.Run(ReadLoopAsync);
    }

    public string RunDirectory { get; }

    public Task<ShimExitRecord> Exited => _exited.Task;

    public int ShimPid => _socket.ShimPid;

    public event Action? OutOfMemory;

    /// <summary>Null when nobody listens in the run directory. Fails with <see cref="ShimException"/> when the shim does not answer in time.</summary>
    public static async Task<ShimConnection?> OpenAsync(
        string runDirectory, string id, TimeSpan timeout, TimeProvider time, CancellationToken cancel)
    {
        using var deadline = new Deadline(timeout, time, cancel);
        try
        {
            var socket = await ShimFrameSocket.ConnectAsync(runDirectory, time, deadline.Token).ConfigureAwait(false);
            return socket is null ? null : new ShimConnection(socket, runDirectory, id, time);
        }
        catch (OperationCanceledException late) when (!cancel.IsCancellationRequested)
        {
            throw deadline.Exceeded(late);
        }
        catch (System.Net.Sockets.SocketException failure)
        {
            throw new ShimException($"the shim can't be connected: {failure.Message}", failure.NativeErrorCode, failure);
        }
    }

    public async Task<ShimState> GetStateAsync(CancellationToken cancel) =>
        StateOf(await CallAsync(ShimFrameKind.State, null, ByteLimits.TimeoutCall, cancel).ConfigureAwait(false));

    public async Task<ShimState> CreateAsync(CancellationToken cancel) =>
        StateOf(await CallAsync(ShimFrameKind.Create, null, ByteLimits.TimeoutCreate, cancel).ConfigureAwait(false));

    public Task StartAsync(CancellationToken cancel) => CallAsync(ShimFrameKind.Start, null, ByteLimits.TimeoutCreate, cancel);

    public Task KillAsync(int signal, bool all, CancellationToken cancel) => KillAsync("", signal, all, cancel);

    public Task KillExecAsync(string execId, int signal, CancellationToken cancel) => KillAsync(execId, signal, all: false, cancel);

    public Task ResizeAsync(string execId, int rows, int columns, CancellationToken cancel) => CallAsync(
        ShimFrameKind.Resize,
        (ref ShimFieldWriter w) => new ShimResize(
            execId, (ushort)Math.Clamp(rows, 1, ushort.MaxValue), (ushort)Math.Clamp(columns, 1, ushort.MaxValue)).Write(ref w),
        ByteLimits.TimeoutCall, cancel);

    public Task DeleteAsync(CancellationToken cancel) => CallAsync(ShimFrameKind.Delete, null, ByteLimits.TimeoutCreate, cancel);

    public Task ShutdownAsync(CancellationToken cancel) => CallAsync(ShimFrameKind.Shutdown, null, ByteLimits.TimeoutCall, cancel);

    public Task CloseStdinAsync(string execId, CancellationToken cancel) => CallAsync(
        ShimFrameKind.CloseStdin, (ref ShimFieldWriter w) => new ShimExecName(execId).Write(ref w), ByteLimits.TimeoutCall, cancel);

    public async Task<IAttachedStream> AttachAsync(string execId, AttachOptions options, CancellationToken cancel)
    {
        using var deadline = new Deadline(ByteLimits.TimeoutCall, _time, cancel);
        try
        {
            return await ShimAttachedStream.OpenAsync(RunDirectory, execId, options, _time, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!cancel.IsCancellationRequested)
        {
            throw deadline.Exceeded(late);
        }
    }

    public async Task<ShimExecState> ExecAsync(ShimExec exec, CancellationToken cancel)
    {
        if (!ShimProtocol.IsExecId(exec.ExecId)) throw new ArgumentException($"\"{exec.ExecId}\" is no exec id", nameof(exec));
        DurableFile.Write(RunDirectory, ShimProtocol.ExecFileName(exec.ExecId), exec.ProcessJson.Span);
        var answer = await CallAsync(
            ShimFrameKind.Exec,
            (ref ShimFieldWriter w) => new ShimExecRequest(exec.ExecId, exec.Terminal, exec.StdinOpen, exec.HoldOutput).Write(ref w),
            ByteLimits.TimeoutCreate, cancel).ConfigureAwait(false);
        return ExecOf(exec.ExecId, answer);
    }

    public async Task<ShimExecState?> GetExecStateAsync(string execId, CancellationToken cancel)
    {
        try
        {
            var answer = await CallAsync(
                ShimFrameKind.ExecState, (ref ShimFieldWriter w) => new ShimExecName(execId).Write(ref w), ByteLimits.TimeoutCall,
                cancel).ConfigureAwait(false);
            return ExecOf(execId, answer);
        }
        catch (ShimException failure) when (failure.Errno == Linux.Errno.ESRCH.Value)
        {
            return null;
        }
    }

    public async Task<ShimExecState> WaitExecAsync(string execId, CancellationToken cancel)
    {
        if (_execs.Count >= ByteLimits.ExecWaitersMax) throw new ShimException("too many execs are waited for", 0);
        var waiter = _execs.GetOrAdd(execId, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            // Registered first, asked second: an exit between the two is told by the notice.
            var state = await GetExecStateAsync(execId, cancel).ConfigureAwait(false)
                ?? throw new ShimException($"no exec {execId}", Linux.Errno.ESRCH.Value);
            if (!state.Running) return state;
            if (_broken) throw Gone();
            return await waiter.Task.WaitAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            _execs.TryRemove(new KeyValuePair<string, TaskCompletionSource<ShimExecState>>(execId, waiter));
        }
    }

    public async Task<IReadOnlyDictionary<ShimStat, ulong>> GetStatsAsync(CancellationToken cancel)
    {
        var answer = await CallAsync(ShimFrameKind.Stats, null, ByteLimits.TimeoutCall, cancel).ConfigureAwait(false);
        if (answer.Kind != ShimFrameKind.StatsReply) throw Unexpected(answer);
        return StatsOf(answer.Payload);
    }

    /// <summary>
    /// The shim's process has ended when <paramref name="ended"/> does: what it sent is still read, then the connection is broken, even
    /// while a child that it left holds the socket open.
    /// </summary>
    public void EndWith(Task ended) => ended.ContinueWith(
        _ => _socket.EndReading(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);

    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested) return;
        await _closing.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _reading.ConfigureAwait(false);
    }

    private Task<Answer> KillAsync(string execId, int signal, bool all, CancellationToken cancel) => CallAsync(
        ShimFrameKind.Kill, (ref ShimFieldWriter w) => new ShimKill(execId, signal, all).Write(ref w), ByteLimits.TimeoutCall, cancel);

    private async Task<Answer> CallAsync(
        ShimFrameKind kind, ShimFrames.Fields? fields, TimeSpan timeout, CancellationToken cancel)
    {
        using var deadline = new Deadline(timeout, _time, cancel);
        var id = Interlocked.Increment(ref _lastId);
        var waiter = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = waiter;
        try
        {
            if (_broken) throw Gone();
            await _socket.WriteAsync(ShimFrames.Build(kind, id, fields), deadline.Token).ConfigureAwait(false);
            var answer = await waiter.Task.WaitAsync(deadline.Token).ConfigureAwait(false);
            return answer.Kind == ShimFrameKind.Error ? throw ShimFrames.ErrorOf(answer.Payload) : answer;
        }
        catch (OperationCanceledException late) when (!cancel.IsCancellationRequested)
        {
            throw deadline.Exceeded(late);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    private async Task ReadLoopAsync()
    {
        Exception? failure = null;
        try
        {
            while (await _socket.ReadAsync(_closing.Token).ConfigureAwait(false) is { } frame) Receive(frame);
        }
        catch (Exception e) when (e is OperationCanceledException or ShimException)
        {
            failure = e;
        }
        _broken = true;
        _socket.Dispose();
        foreach (var waiter in _waiting.Values) waiter.TrySetException(Gone());
        foreach (var waiter in _execs.Values) waiter.TrySetException(Gone());
        // The record may be on disk although the notice never came.
        if (ShimLauncher.ReadExitFile(RunDirectory) is { } exit && exit.Id == _id) _exited.TrySetResult(exit);
        else _exited.TrySetException(new ShimException("the connection to the shim ended before the container", 0, failure));
    }

    private void Receive(ShimFrame frame)
    {
        var payload = frame.Payload.Span;
        var reader = new ShimFieldReader(payload);
        switch (frame.Header.Kind)
        {
            case ShimFrameKind.Exited when ShimExit.TryRead(ref reader, out var exit):
                _exited.TrySetResult(RecordOf(exit));
                break;
            case ShimFrameKind.ExecExited when ShimExit.TryRead(ref reader, out var exit):
                if (_execs.TryGetValue(exit.ExecId, out var exec))
                {
                    exec.TrySetResult(new ShimExecState(exit.ExecId, exit.Pid, Running: false, exit.ExitCode));
                }
                break;
            case ShimFrameKind.OutOfMemory:
                var told = OutOfMemory;
                if (told is not null) ThreadPool.UnsafeQueueUserWorkItem(static action => action(), told, preferLocal: false);
                break;
            default:
                // An answer; anything unknown has no waiter and is ignored.
                if (_waiting.TryGetValue(frame.Header.Id, out var waiter))
                {
                    waiter.TrySetResult(new Answer(frame.Header.Kind, payload.ToArray()));
                }
                break;
        }
    }

    private ShimState StateOf(Answer answer)
    {
        if (answer.Kind != ShimFrameKind.StateReply || !ShimTaskState.TryRead(new ShimFieldReader(answer.Payload), out var state))
        {
            throw Unexpected(answer);
        }
        return new ShimState(
            (ShimTaskStatus)state.Status, state.Pid, state.PidStartTime, state.Exit is { } exit ? RecordOf(exit) : null,
            state.StdoutBytes, state.StderrBytes);
    }

    private ShimExitRecord RecordOf(ShimExit exit) => new(
        _id, exit.Pid, exit.ExitCode, exit.Signal, exit.OomKilled, exit.ExitedAtUnixNs, exit.StdoutBytes, exit.StderrBytes);

    private static ShimExecState ExecOf(string execId, Answer answer) =>
        answer.Kind == ShimFrameKind.ExecReply && ShimExecReply.TryRead(new ShimFieldReader(answer.Payload), out var reply)
            ? new ShimExecState(execId, reply.Pid, reply.Running, reply.ExitCode)
            : throw Unexpected(answer);

    private static Dictionary<ShimStat, ulong> StatsOf(byte[] payload)
    {
        var stats = new Dictionary<ShimStat, ulong>();
        var reader = new ShimFieldReader(payload);
        while (reader.Rest.Length >= 10)
        {
            var key = (ShimStat)reader.U16();
            stats[key] = reader.U64();
        }
        return stats;
    }

    private static ShimException Gone() => new("the shim is gone", 0);

    private static ShimException Unexpected(Answer answer) =>
        new(string.Create(CultureInfo.InvariantCulture, $"the shim answered with frame kind {(int)answer.Kind}"), 0);

    private readonly record struct Answer(ShimFrameKind Kind, byte[] Payload);

    /// <summary>The caller's token and a deadline in one.</summary>
    private sealed class Deadline : IDisposable
    {
        private readonly CancellationTokenSource _timeout;
        private readonly CancellationTokenSource _both;
        private readonly TimeSpan _after;

        public Deadline(TimeSpan after, TimeProvider time, CancellationToken cancel)
        {
            _after = after;
            _timeout = new CancellationTokenSource(after, time);
            _both = CancellationTokenSource.CreateLinkedTokenSource(cancel, _timeout.Token);
        }

        public CancellationToken Token => _both.Token;

        public ShimException Exceeded(Exception inner) =>
            new($"the shim did not answer within {_after.TotalSeconds:0} s", Linux.Errno.ETIMEDOUT.Value, inner);

        public void Dispose()
        {
            _both.Dispose();
            _timeout.Dispose();
        }
    }
}
