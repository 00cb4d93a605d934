using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Specs.Shim;

namespace Troupe.Runtime.Shim;

/// <summary>
/// One connection: a control connection, or after Attach a stream connection. Everything that waits for a slow client is bounded:
/// control bytes by ClientPendingBytesMax (then it is dropped), output by the ring (then it gets a gap).
/// </summary>
internal sealed class ShimClient : IEventHandler, IDisposable
{
    private const int InboxStart = 1024;
    private const int DataHead = ShimProtocol.HeaderSize + 8;
    private readonly FileDescriptor _socket;
    private readonly EventSource _source;
    private readonly EventTimer _helloTimer;
    private readonly ShimRequests _requests;
    private readonly List<AttachCursor> _cursors = [];
    private readonly byte[] _frameHead = new byte[DataHead];
    private byte[] _inbox = new byte[InboxStart];
    private int _inboxLength;
    private byte[] _outbox = [];
    private int _outboxAt;
    private int _outboxEnd;
    private AttachCursor? _inFlight;
    private int _headLeft;
    private int _bodyLeft;
    private int _turn;
    private bool _inputBlocked;
    private bool _handling;
    private bool _blocked;
    private bool _exitQueued;
    private bool _closeWhenSent;

    public ShimClient(EventLoop loop, FileDescriptor socket, ShimRequests requests)
    {
        _socket = socket;
        _requests = requests;
        _source = new EventSource(loop, socket, this);
        _source.Want(PollConditions.Readable);
        _helloTimer = new EventTimer(loop, Dispose);
        _helloTimer.Set(ShimLimits.HelloMs);
    }

    public bool Greeted { get; private set; }

    /// <summary>The process this stream connection belongs to; null on a control connection.</summary>
    public ShimProcess? Process { get; private set; }

    public bool WritesStdin { get; private set; }

    public bool Closed { get; private set; }

    public void Greet()
    {
        Greeted = true;
        _helloTimer.Cancel();
    }

    /// <summary>Makes this a stream connection. The answer to Attach was queued before.</summary>
    public void BecomeStream(ShimProcess process, bool stdin, IEnumerable<AttachCursor> cursors)
    {
        Process = process;
        WritesStdin = stdin;
        foreach (var cursor in cursors)
        {
            _cursors.Add(cursor);
            cursor.Output.Attach(cursor);
        }
        process.Attached(this);
    }

    public void OnReady(PollConditions conditions)
    {
        const PollConditions gone = PollConditions.HangUp | PollConditions.Error;
        if ((conditions & (PollConditions.Writable | gone)) != 0) Flush();
        if (Closed) return;
        if (!_inputBlocked) Receive();
        else if ((conditions & gone) != 0) _source.Want(PollConditions.None); // what it sent before it went still reaches stdin
    }

    /// <summary>Queues a frame; it leaves with the next <see cref="Flush"/>.</summary>
    public void Queue(ShimFrameKind kind, uint id, ReadOnlySpan<byte> payload)
    {
        if (Closed) return;
        var needed = ShimProtocol.HeaderSize + payload.Length;
        if (_outboxEnd - _outboxAt + needed > ShimLimits.ClientPendingBytesMax)
        {
            Dispose();
            return;
        }
        var room = OutboxRoom(needed);
        new ShimFrameHeader(kind, id, payload.Length).Write(room);
        payload.CopyTo(room[ShimProtocol.HeaderSize..]);
        _outboxEnd += needed;
    }

    public void QueueError(uint id, int errno, string message, int exitCode = 0)
    {
        Span<byte> payload = stackalloc byte[ShimProtocol.StringMax + 16];
        var writer = new ShimFieldWriter(payload);
        new ShimError(errno, message, exitCode).Write(ref writer);
        Queue(ShimFrameKind.Error, id, payload[..writer.Length]);
    }

    /// <summary>Sends as much as the socket takes. Safe to call at any time; may close the client.</summary>
    public void Flush()
    {
        while (!Closed)
        {
            var sent = _inFlight is not null ? SendFrame() : _outboxAt < _outboxEnd ? SendOutbox() : NextFrame() ? 0 : Finished();
            if (sent == IoResult.Gone) Dispose();
            if (sent < 0) return;
        }
    }

    /// <summary>The bytes of a half-sent frame leave the ring soon: keep them here, so that the frame stays whole.</summary>
    public void SaveFrameInFlight(AttachCursor cursor)
    {
        if (_inFlight != cursor) return;
        var head = _frameHead.AsSpan(DataHead - _headLeft);
        var body = cursor.Output.Ring.Read(cursor.Next, _bodyLeft);
        var rest = _outbox.AsSpan(_outboxAt, _outboxEnd - _outboxAt);
        var outbox = new byte[head.Length + body.Length + rest.Length];
        head.CopyTo(outbox);
        body.CopyTo(outbox.AsSpan(head.Length));
        rest.CopyTo(outbox.AsSpan(head.Length + body.Length));
        _outbox = outbox;
        _outboxAt = 0;
        _outboxEnd = outbox.Length;
        cursor.Next += body.Length;
        _inFlight = null;
    }

    /// <summary>There is room in the process's stdin again.</summary>
    public void ResumeInput()
    {
        if (Closed || !_inputBlocked) return;
        _inputBlocked = false;
        HandleInbox();
        Flush();
        UpdateWants();
    }

    /// <summary>The connection ends once everything queued is sent.</summary>
    public void CloseWhenSent()
    {
        _closeWhenSent = true;
        Flush();
    }

    public void Dispose()
    {
        if (Closed) return;
        Closed = true;
        _helloTimer.Cancel();
        _source.Want(PollConditions.None);
        _socket.Dispose();
        foreach (var cursor in _cursors) cursor.Output.Detach(cursor);
        _cursors.Clear();
        _inFlight = null;
        Process?.Left(this);
        _requests.ClientClosed(this);
    }

    private void Receive()
    {
        while (!Closed && !_inputBlocked)
        {
            if (_inboxLength == _inbox.Length) Array.Resize(ref _inbox, InboxSizeNeeded());
            var count = DescriptorIo.Read(_socket, _inbox.AsSpan(_inboxLength));
            if (count == IoResult.WouldBlock) break;
            if (count <= 0)
            {
                Dispose();
                return;
            }
            _inboxLength += count;
            HandleInbox();
        }
        if (Closed) return;
        Flush();
        UpdateWants();
    }

    /// <summary>The inbox is full and holds no whole frame: its header was checked, so the frame's size is known and bounded.</summary>
    private int InboxSizeNeeded() => ShimFrameHeader.TryParse(_inbox, out var header)
        ? Math.Max(ShimProtocol.HeaderSize + header.Length, _inbox.Length)
        : _inbox.Length;

    private void HandleInbox()
    {
        if (_handling) return;
        _handling = true;
        var at = 0;
        while (!Closed)
        {
            var decoded = ShimFrameReader.TryRead(_inbox.AsSpan(at, _inboxLength - at), out var header, out var payload, out var consumed);
            if (decoded == ShimDecode.Incomplete) break;
            if (decoded == ShimDecode.Malformed || !ShimRequests.Accepts(this, header))
            {
                Dispose();
                break;
            }
            if (!_requests.Handle(this, header, payload))
            {
                _inputBlocked = true;
                break;
            }
            at += consumed;
        }
        _handling = false;
        if (at == 0 || Closed) return;
        _inbox.AsSpan(at, _inboxLength - at).CopyTo(_inbox);
        _inboxLength -= at;
    }

    private int SendFrame()
    {
        var cursor = _inFlight!;
        var body = cursor.Output.Ring.Read(cursor.Next, _bodyLeft);
        var sent = Send(_frameHead.AsSpan(DataHead - _headLeft), body);
        if (sent < 0) return sent;
        var ofHead = Math.Min(sent, _headLeft);
        _headLeft -= ofHead;
        _bodyLeft -= sent - ofHead;
        if (_headLeft == 0 && _bodyLeft == 0) _inFlight = null;
        cursor.Taken(sent - ofHead);
        return sent;
    }

    private int SendOutbox()
    {
        var sent = Send(_outbox.AsSpan(_outboxAt, _outboxEnd - _outboxAt), default);
        if (sent < 0) return sent;
        _outboxAt += sent;
        if (_outboxAt == _outboxEnd)
        {
            _outboxAt = _outboxEnd = 0;
            if (_outbox.Length > 4096) _outbox = [];
        }
        return sent;
    }

    private int Send(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        int sent;
        try
        {
            sent = DescriptorIo.Send(_socket, head, body);
        }
        catch (LinuxException)
        {
            return IoResult.Gone;
        }
        if (sent == IoResult.WouldBlock && !_blocked)
        {
            _blocked = true;
            UpdateWants();
        }
        return sent;
    }

    /// <summary>Nothing more to send for now.</summary>
    private int Finished()
    {
        if (_blocked)
        {
            _blocked = false;
            UpdateWants();
        }
        return _closeWhenSent ? IoResult.Gone : IoResult.WouldBlock;
    }

    /// <summary>Begins the next frame of the streams, taking turns; false when there is nothing to tell.</summary>
    private bool NextFrame()
    {
        if (Process is null) return false;
        for (var i = 0; i < _cursors.Count; i++)
        {
            var cursor = _cursors[(_turn + i) % _cursors.Count];
            if (!BeginFrame(cursor)) continue;
            _turn += i + 1;
            return true;
        }
        if (Process.Announced is not { } exit || _exitQueued) return false;
        _exitQueued = true;
        Span<byte> payload = stackalloc byte[ShimRequests.ReplyMax];
        var writer = new ShimFieldWriter(payload);
        exit.Write(ref writer);
        Queue(ShimFrameKind.Exited, 0, payload[..writer.Length]);
        _closeWhenSent = true;
        return true;
    }

    private bool BeginFrame(AttachCursor cursor)
    {
        var ring = cursor.Output.Ring;
        var stream = (byte)cursor.Output.Stream;
        Span<byte> payload = stackalloc byte[32];
        var writer = new ShimFieldWriter(payload);
        if (cursor.Next < ring.Start)
        {
            new ShimGap(stream, (ulong)cursor.Next, (ulong)ring.Start).Write(ref writer);
            Queue(ShimFrameKind.Gap, 0, payload[..writer.Length]);
            cursor.Next = ring.Start;
            return true;
        }
        if (!cursor.CaughtUp)
        {
            _bodyLeft = ring.Read(cursor.Next, ShimProtocol.DataMax).Length;
            _headLeft = DataHead;
            var kind = stream == 2 ? ShimFrameKind.Stderr : ShimFrameKind.Stdout;
            new ShimFrameHeader(kind, 0, 8 + _bodyLeft).Write(_frameHead);
            var head = new ShimFieldWriter(_frameHead.AsSpan(ShimProtocol.HeaderSize));
            head.U64((ulong)cursor.Next);
            _inFlight = cursor;
            return true;
        }
        if (!cursor.Output.Ended || cursor.EndSent) return false;
        cursor.EndSent = true;
        writer.U8(stream);
        Queue(ShimFrameKind.StreamEnd, 0, payload[..writer.Length]);
        return true;
    }

    private void UpdateWants()
    {
        if (Closed) return;
        var wants = _inputBlocked ? PollConditions.None : PollConditions.Readable;
        if (_blocked) wants |= PollConditions.Writable;
        _source.Want(wants);
    }

    private Span<byte> OutboxRoom(int needed)
    {
        if (_outbox.Length - _outboxEnd < needed)
        {
            var pending = _outboxEnd - _outboxAt;
            var target = _outbox.Length >= pending + needed ? _outbox : new byte[Math.Max(512, (pending + needed) * 2)];
            _outbox.AsSpan(_outboxAt, pending).CopyTo(target);
            _outbox = target;
            _outboxAt = 0;
            _outboxEnd = pending;
        }
        return _outbox.AsSpan(_outboxEnd, needed);
    }
}
