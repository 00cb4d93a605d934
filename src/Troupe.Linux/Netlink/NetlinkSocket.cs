namespace Troupe.Linux.Netlink;

/// <summary>
/// A NETLINK_ROUTE socket. It belongs to the network namespace of the thread that opened it, whatever thread uses it later. One user at
/// a time. Every wait has the deadline <see cref="NetlinkLimits.Deadline"/>; past it a request fails with ETIMEDOUT.
/// </summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    private readonly FileDescriptor _fd;
    private readonly byte[] _receive = new byte[NetlinkLimits.ReceiveBytes];
    private uint _sequence;

    private NetlinkSocket(FileDescriptor fd) => _fd = fd;

    public byte[] SendBuffer { get; } = new byte[NetlinkLimits.RequestBytes];

    public static NetlinkSocket Open()
    {
        var fd = NetLibc.socket(Af.Netlink, NetLibc.SOCK_RAW | NetLibc.SOCK_CLOEXEC, NetLibc.NETLINK_ROUTE);
        if (fd < 0) throw new LinuxException(Errno.Last, "socket", "AF_NETLINK");
        var socket = new NetlinkSocket(new FileDescriptor(fd, ownsHandle: true));
        try
        {
            socket.Configure();
            return socket;
        }
        catch (LinuxException)
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _fd.Dispose();

    /// <summary>The number for the next message of the batch that is being written.</summary>
    public uint NextSequence() => ++_sequence;

    /// <summary>Sends a batch whose last message has the latest sequence; answers[i] is the kernel's answer to the i-th message.</summary>
    public void Transact(ReadOnlySpan<byte> batch, Span<NetlinkAnswer> answers)
    {
        var first = _sequence - (uint)answers.Length + 1;
        Send(batch);
        for (var missing = answers.Length; missing > 0;)
        {
            var reader = new NetlinkReader(Receive());
            while (reader.TryRead(out var message))
            {
                var slot = message.Sequence - first;
                // An answer to an earlier request that ran into its deadline is not ours.
                if (slot >= (uint)answers.Length || !NetlinkAnswer.TryParse(message, out var answer)) continue;
                answers[(int)slot] = answer;
                missing--;
            }

            if (reader.IsMalformed) throw Broken();
        }
    }

    public delegate void Visit<TState>(in NetlinkMessage message, TState state);

    /// <summary>Sends one request (get or dump) and visits its results. The answer's errno tells of failure.</summary>
    public NetlinkAnswer Query<TState>(ReadOnlySpan<byte> request, TState state, Visit<TState> visit, out bool isInterrupted)
    {
        isInterrupted = false;
        Send(request);
        while (true)
        {
            var reader = new NetlinkReader(Receive());
            while (reader.TryRead(out var message))
            {
                if (message.Sequence != _sequence) continue;
                isInterrupted |= (message.Flags & NlmFlags.DumpInterrupted) != 0;
                if (message.Type == Nlmsg.Done && message.Payload.Length < 4) return default;
                if (message.Type is Nlmsg.Error or Nlmsg.Done)
                    return NetlinkAnswer.TryParse(message, out var answer) ? answer : throw Broken();
                if (message.Type == Nlmsg.Overrun) throw Broken();
                if (message.Type != Nlmsg.Noop) visit(message, state);
            }

            if (reader.IsMalformed) throw Broken();
        }
    }

    private void Configure()
    {
        var on = 1;
        var deadline = new NetLibc.TimeVal { Seconds = (long)NetlinkLimits.Deadline.TotalSeconds };
        var address = new NetLibc.SockAddrNl { Family = Af.Netlink };
        // SAFETY: each pointer is to a live local of exactly the length given; the kernel copies before the call returns.
        Check(NetLibc.setsockopt(_fd, NetLibc.SOL_SOCKET, NetLibc.SO_RCVTIMEO, &deadline, (uint)sizeof(NetLibc.TimeVal)), "setsockopt");
        Check(NetLibc.setsockopt(_fd, NetLibc.SOL_SOCKET, NetLibc.SO_SNDTIMEO, &deadline, (uint)sizeof(NetLibc.TimeVal)), "setsockopt");
        Check(NetLibc.setsockopt(_fd, NetLibc.SOL_NETLINK, NetLibc.NETLINK_EXT_ACK, &on, sizeof(int)), "setsockopt");
        Check(NetLibc.setsockopt(_fd, NetLibc.SOL_NETLINK, NetLibc.NETLINK_CAP_ACK, &on, sizeof(int)), "setsockopt");
        Check(NetLibc.bind(_fd, &address, (uint)sizeof(NetLibc.SockAddrNl)), "bind");
    }

    private static void Check(int result, string call)
    {
        if (result < 0) throw new LinuxException(Errno.Last, call, "AF_NETLINK");
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            nint sent;
            // SAFETY: the span is pinned for the call and its length is passed.
            fixed (byte* start = bytes)
                sent = NetLibc.send(_fd, start, (nuint)bytes.Length, 0);
            if (sent == bytes.Length) return;
            var errno = Errno.Last;
            if (sent < 0 && errno == Errno.EINTR) continue;
            throw new NetlinkException(sent < 0 ? errno : Errno.EIO, "netlink send", "", "");
        }
    }

    private ReadOnlySpan<byte> Receive()
    {
        while (true)
        {
            nint received;
            // SAFETY: the array is pinned for the call and its length is passed; MSG_TRUNC makes the kernel report the true length only.
            fixed (byte* start = _receive)
                received = NetLibc.recv(_fd, start, (nuint)_receive.Length, NetLibc.MSG_TRUNC);
            if (received > _receive.Length) throw Broken();
            if (received > 0) return _receive.AsSpan(0, (int)received);
            var errno = received == 0 ? Errno.EIO : Errno.Last;
            if (errno == Errno.EINTR) continue;
            throw new NetlinkException(errno == Errno.EAGAIN ? Errno.ETIMEDOUT : errno, "netlink receive", "", "");
        }
    }

    private static NetlinkException Broken() => new(Errno.EIO, "netlink receive", "", "the kernel's answer can't be read");
}
