using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Specs.Streams;

namespace Troupe.Runtime.Shim;

/// <summary>
/// One output of a process: reads it into the ring, hands it to the log and to every attached client.
/// <code>
///   reading --ring full of what a client has not taken--> held --client took half a ring--> reading
///                                                           |
///                                                           `--HoldMs--> reading, the client is behind and gets a gap
///   reading --end of file, error, or Close()--> ended
/// </code>
/// So a client that takes its bytes loses none, however fast the process writes, and one that does not costs the process HoldMs once.
/// </summary>
internal sealed class OutputStream : IEventHandler, IDisposable
{
    private readonly FileDescriptor _descriptor;
    private readonly EventSource _source;
    private readonly EventTimer _holdTimer;
    private readonly LogLines? _lines;
    private readonly JsonLogWriter? _log;
    private readonly Action _ended;
    private readonly List<AttachCursor> _cursors = [];
    private bool _started;

    public OutputStream(
        EventLoop loop, FileDescriptor descriptor, StdStream stream, JsonLogWriter? log, Action ended)
    {
        _descriptor = descriptor;
        Stream = stream;
        _log = log;
        _lines = log is null ? null : new LogLines(log, stream);
        _ended = ended;
        DescriptorIo.SetNonBlocking(descriptor);
        _source = new EventSource(loop, descriptor, this);
        _holdTimer = new EventTimer(loop, GiveUpHolding);
    }

    public StdStream Stream { get; }

    public OutputRing Ring { get; } = new();

    public bool Ended { get; private set; }

    /// <summary>When the last byte was read, in the loop's milliseconds.</summary>
    public long LastByteMs { get; private set; }

    public void StartReading()
    {
        if (_started || Ended) return;
        _started = true;
        _source.Want(PollConditions.Readable);
    }

    public void Attach(AttachCursor cursor) => _cursors.Add(cursor);

    public void Detach(AttachCursor cursor)
    {
        if (_cursors.Remove(cursor)) ResumeIfRoom();
    }

    public void OnReady(PollConditions conditions)
    {
        for (var turn = 0; turn < ShimLimits.ReadsPerTurn && !Ended; turn++)
        {
            var room = Room();
            if (room == 0)
            {
                Hold();
                return;
            }
            var span = Ring.WriteSpan(room);
            var count = Read(span);
            if (count == IoResult.WouldBlock) return;
            if (count <= 0)
            {
                Close();
                return;
            }
            Ring.Advance(count);
            LastByteMs = EventLoop.NowMs;
            if (_lines is not null)
            {
                _log!.SetTime(Clock.RealtimeNs());
                _lines.Append(span[..count]);
            }
            for (var i = _cursors.Count - 1; i >= 0; i--) _cursors[i].Client.Flush();
        }
    }

    /// <summary>A client took bytes.</summary>
    public void ResumeIfRoom()
    {
        if (!_holdTimer.IsSet || Room() < ShimLimits.RingBytes / 2) return;
        _holdTimer.Cancel();
        _source.Want(PollConditions.Readable);
    }

    /// <summary>Reads no more, whatever the process still writes.</summary>
    public void Close()
    {
        if (Ended) return;
        Ended = true;
        _holdTimer.Cancel();
        _source.Want(PollConditions.None);
        _descriptor.Dispose();
        _lines?.Finish();
        for (var i = _cursors.Count - 1; i >= 0; i--) _cursors[i].Client.Flush();
        _ended();
    }

    public void Dispose()
    {
        Close();
        Ring.Dispose();
    }

    private int Read(Span<byte> span)
    {
        try
        {
            return DescriptorIo.Read(_descriptor, span);
        }
        catch (LinuxException)
        {
            return IoResult.Gone;
        }
    }

    /// <summary>Bytes that may be read without overwriting what a client that keeps up has not taken.</summary>
    private int Room()
    {
        var oldest = Ring.Head;
        foreach (var cursor in _cursors)
        {
            if (!cursor.Behind) oldest = Math.Min(oldest, cursor.Next);
        }
        return (int)Math.Max(0, ShimLimits.RingBytes - (Ring.Head - oldest));
    }

    private void Hold()
    {
        if (_holdTimer.IsSet) return;
        _source.Want(PollConditions.None);
        _holdTimer.Set(ShimLimits.HoldMs);
    }

    private void GiveUpHolding()
    {
        foreach (var cursor in _cursors)
        {
            if (!cursor.Behind && Ring.Head - cursor.Next > ShimLimits.RingBytes / 2) cursor.FallBehind();
        }
        _source.Want(PollConditions.Readable);
    }
}
