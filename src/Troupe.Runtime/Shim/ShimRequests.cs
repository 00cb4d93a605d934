using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Runtime.Shim;

/// <summary>Answers the requests of protocol v1 and ends the shim when its work is done.</summary>
internal sealed class ShimRequests
{
    /// <summary>Bytes of the largest answer: a text and fixed fields.</summary>
    public const int ReplyMax = ShimProtocol.StringMax + 256;

    private readonly EventLoop _loop;
    private readonly ShimTask _task;
    private readonly List<ShimClient> _clients = [];
    private readonly EventTimer _endTimer;
    private (ShimClient Client, uint Id)? _deleteAfterExit;
    private bool _ending;

    public ShimRequests(EventLoop loop, ShimTask task)
    {
        _loop = loop;
        _task = task;
        _endTimer = new EventTimer(loop, EndByItself);
        task.Ended += OnEnded;
        task.OutOfMemory += OnOutOfMemory;
        _endTimer.Set(ShimLimits.IdleEndMs);
    }

    public bool Full => _clients.Count >= ShimLimits.ClientsMax;

    public void Add(ShimClient client) => _clients.Add(client);

    public void ClientClosed(ShimClient client)
    {
        _clients.Remove(client);
        if (_clients.Count > 0) return;
        if (_ending) _loop.Stop();
        else _endTimer.Set(ShimLimits.IdleEndMs);
    }

    /// <summary>Hello first, and on a stream connection only stream data. Anything else is no client of ours.</summary>
    public static bool Accepts(ShimClient client, ShimFrameHeader header)
    {
        if (!client.Greeted) return header.Kind == ShimFrameKind.Hello;
        return client.Process is null || header.Kind is ShimFrameKind.Stdin or ShimFrameKind.StdinEnd;
    }

    /// <summary>False when the frame must wait: stdin is full. It is handed in again.</summary>
    public bool Handle(ShimClient client, ShimFrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Kind == ShimFrameKind.Stdin) return WriteStdin(client, payload);
        if (header.Kind == ShimFrameKind.StdinEnd)
        {
            if (client is { WritesStdin: true, Process: { } process }) process.InputEnded();
            return true;
        }
        try
        {
            Answer(client, header, new ShimFieldReader(payload));
        }
        catch (LinuxException failure)
        {
            client.QueueError(header.Id, failure.Errno.Value, failure.Message);
        }
        catch (TaskRuntimeException failure)
        {
            client.QueueError(header.Id, failure.Errno, failure.Message, failure.ExitCode);
        }
        catch (InvalidOperationException failure)
        {
            client.QueueError(header.Id, 0, failure.Message);
        }
        return true;
    }

    private static bool WriteStdin(ShimClient client, ReadOnlySpan<byte> payload) =>
        client is not { WritesStdin: true, Process.Stdin: { } stdin } || stdin.TryWrite(payload, client);

    private void Answer(ShimClient client, ShimFrameHeader header, ShimFieldReader reader)
    {
        var id = header.Id;
        switch (header.Kind)
        {
            case ShimFrameKind.Hello when ShimHello.TryRead(reader, out var hello):
                Greet(client, id, hello);
                break;
            case ShimFrameKind.State:
                SendState(client, id);
                break;
            case ShimFrameKind.Create:
                _task.Create();
                SendState(client, id);
                break;
            case ShimFrameKind.Start:
                _task.Start();
                Done(client, id);
                break;
            case ShimFrameKind.Kill when ShimKill.TryRead(reader, out var kill):
                _task.Kill(kill);
                Done(client, id);
                break;
            case ShimFrameKind.Exec when ShimExecRequest.TryRead(reader, out var exec):
                SendExec(client, id, _task.Exec(exec));
                break;
            case ShimFrameKind.ExecState when ShimExecName.TryRead(reader, out var name):
                SendExec(client, id, _task.Find(name.ExecId) ?? throw new LinuxException(Errno.ESRCH, "exec", name.ExecId));
                break;
            case ShimFrameKind.Resize when ShimResize.TryRead(reader, out var resize):
                _task.Resize(resize);
                Done(client, id);
                break;
            case ShimFrameKind.CloseStdin when ShimExecName.TryRead(reader, out var name):
                (_task.Find(name.ExecId) ?? throw new LinuxException(Errno.ESRCH, "stdin", name.ExecId)).Stdin?.Close();
                Done(client, id);
                break;
            case ShimFrameKind.Stats:
                SendStats(client, id);
                break;
            case ShimFrameKind.Attach when ShimAttach.TryRead(reader, out var attach):
                Attach(client, id, attach);
                break;
            case ShimFrameKind.Delete:
                Delete(client, id);
                break;
            case ShimFrameKind.Shutdown:
                if (_task.Status is ShimTaskStatus.Created or ShimTaskStatus.Running) throw new LinuxException(Errno.EBUSY, "shutdown", "the container runs");
                Done(client, id);
                End();
                break;
            case ShimFrameKind.Hello or ShimFrameKind.Kill or ShimFrameKind.Exec or ShimFrameKind.ExecState or ShimFrameKind.Resize
                or ShimFrameKind.CloseStdin or ShimFrameKind.Attach:
                throw new LinuxException(Errno.EINVAL, header.Kind.ToString(), "a field is missing");
            default:
                throw new LinuxException(Errno.ENOSYS, "request", $"kind {(int)header.Kind}");
        }
    }

    private void Greet(ShimClient client, uint id, ShimHello hello)
    {
        var version = hello.Agree();
        if (version == 0)
        {
            client.QueueError(id, Errno.EOPNOTSUPP.Value, $"protocol versions {hello.VersionMin} to {hello.VersionMax} are not spoken here");
            client.CloseWhenSent();
            return;
        }
        client.Greet();
        _endTimer.Cancel();
        Span<byte> payload = stackalloc byte[16];
        var writer = new ShimFieldWriter(payload);
        new ShimHelloReply(version, Environment.ProcessId).Write(ref writer);
        client.Queue(ShimFrameKind.HelloReply, id, payload[..writer.Length]);
        if (_task.Init?.Announced is { } exit) Notify(client, ShimFrameKind.Exited, exit);
    }

    private void SendState(ShimClient client, uint id)
    {
        Span<byte> payload = stackalloc byte[ReplyMax];
        var writer = new ShimFieldWriter(payload);
        _task.State().Write(ref writer);
        client.Queue(ShimFrameKind.StateReply, id, payload[..writer.Length]);
    }

    private static void SendExec(ShimClient client, uint id, ShimProcess process)
    {
        Span<byte> payload = stackalloc byte[32];
        var writer = new ShimFieldWriter(payload);
        var ended = process.Announced;
        new ShimExecReply(process.Pid, process.StartTime, ended is null, ended?.ExitCode ?? 0).Write(ref writer);
        client.Queue(ShimFrameKind.ExecReply, id, payload[..writer.Length]);
    }

    private void SendStats(ShimClient client, uint id)
    {
        Span<byte> payload = stackalloc byte[2048];
        var writer = new ShimFieldWriter(payload);
        foreach (var (key, value) in _task.ReadStats())
        {
            if (writer.Length > payload.Length - 10) break;
            writer.U16((ushort)key);
            writer.U64(value);
        }
        client.Queue(ShimFrameKind.StatsReply, id, payload[..writer.Length]);
    }

    private void Attach(ShimClient client, uint id, ShimAttach attach)
    {
        var process = _task.Find(attach.ExecId) ?? throw new LinuxException(Errno.ESRCH, "attach", attach.ExecId);
        var cursors = new List<AttachCursor>(2);
        var stdout = From(process.Stdout, attach.StdoutFrom);
        var stderr = From(process.Stderr, attach.StderrFrom);
        if ((attach.Streams & ShimStreams.Stdout) != 0 && process.Stdout is { } first) cursors.Add(new AttachCursor(client, first, stdout));
        if ((attach.Streams & ShimStreams.Stderr) != 0 && process.Stderr is { } second) cursors.Add(new AttachCursor(client, second, stderr));
        Span<byte> payload = stackalloc byte[16];
        var writer = new ShimFieldWriter(payload);
        new ShimAttached((ulong)stdout, (ulong)stderr).Write(ref writer);
        client.Queue(ShimFrameKind.Attached, id, payload);
        client.BecomeStream(process, (attach.Streams & ShimStreams.Stdin) != 0, cursors);
    }

    /// <summary>Where a client begins: never after what comes next. Before what is kept is allowed; it gets a gap.</summary>
    private static long From(OutputStream? output, ulong asked)
    {
        var head = output?.Ring.Head ?? 0;
        return asked >= (ulong)head ? head : (long)asked;
    }

    private void Delete(ShimClient client, uint id)
    {
        if (_task.Status == ShimTaskStatus.Running) throw new LinuxException(Errno.EBUSY, "delete", "the container runs");
        if (_task.Status == ShimTaskStatus.Created)
        {
            _deleteAfterExit = (client, id);
            _task.KillUnstarted();
            return;
        }
        _task.DeleteRuntime();
        Done(client, id);
        End();
    }

    private void OnEnded(ShimProcess process, ShimExit exit)
    {
        var kind = process.ExecId.Length == 0 ? ShimFrameKind.Exited : ShimFrameKind.ExecExited;
        for (var i = _clients.Count - 1; i >= 0; i--)
        {
            if (i >= _clients.Count || _clients[i].Process is not null || !_clients[i].Greeted) continue;
            Notify(_clients[i], kind, exit);
            _clients[i].Flush();
        }
        if (kind != ShimFrameKind.Exited) return;
        if (_deleteAfterExit is { } waiting)
        {
            _deleteAfterExit = null;
            Handle(waiting.Client, new ShimFrameHeader(ShimFrameKind.Delete, waiting.Id, 0), default);
            waiting.Client.Flush();
        }
        else if (_clients.Count == 0)
        {
            _endTimer.Set(ShimLimits.IdleEndMs);
        }
    }

    private void OnOutOfMemory()
    {
        for (var i = _clients.Count - 1; i >= 0; i--)
        {
            if (i >= _clients.Count || _clients[i].Process is not null || !_clients[i].Greeted) continue;
            _clients[i].Queue(ShimFrameKind.OutOfMemory, 0, default);
            _clients[i].Flush();
        }
    }

    private static void Notify(ShimClient client, ShimFrameKind kind, ShimExit exit)
    {
        Span<byte> payload = stackalloc byte[ReplyMax];
        var writer = new ShimFieldWriter(payload);
        exit.Write(ref writer);
        client.Queue(kind, 0, payload[..writer.Length]);
    }

    private static void Done(ShimClient client, uint id) => client.Queue(ShimFrameKind.Done, id, default);

    /// <summary>Nobody is connected. Without a container, or with its exit on disk, there is nothing left to stay for.</summary>
    private void EndByItself()
    {
        if (_clients.Count > 0) return;
        if (_task.Status == ShimTaskStatus.Empty)
        {
            _task.LeaveRunDirectory();
            _loop.Stop();
        }
        else if (_task.Status == ShimTaskStatus.Exited && _task.ExitIsDurable)
        {
            try
            {
                _task.DeleteRuntime();
            }
            catch (Exception failure) when (failure is LinuxException or TaskRuntimeException)
            {
                // trouped's clean-up finds it by the container's id.
            }
            _task.LeaveRunDirectory();
            _loop.Stop();
        }
    }

    /// <summary>The work is done: those who read the last output may finish, then the process ends.</summary>
    private void End()
    {
        if (_ending) return;
        _ending = true;
        _task.LeaveRunDirectory();
        for (var i = _clients.Count - 1; i >= 0; i--)
        {
            if (i < _clients.Count && _clients[i].Process is null) _clients[i].CloseWhenSent();
        }
        if (_clients.Count == 0) _loop.Stop();
        else new EventTimer(_loop, _loop.Stop).Set(ShimLimits.LingerMs);
    }
}
