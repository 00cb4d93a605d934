using Troupe.Linux;
using Troupe.Linux.Events;

namespace Troupe.Runtime.Shim;

/// <summary>
/// A process's input. Takes one frame at a time: while one waits, no more is read from the clients that write, so the sender
/// feels that the process does not read.
/// </summary>
internal sealed class StdinPipe : IEventHandler, IDisposable
{
    private readonly FileDescriptor _descriptor;
    private readonly EventSource _source;
    private readonly bool _terminal;
    private readonly List<ShimClient> _waiting = [];
    private byte[] _pending = [];
    private int _pendingAt;
    private bool _closing;

    public StdinPipe(EventLoop loop, FileDescriptor descriptor, bool terminal)
    {
        _descriptor = descriptor;
        _terminal = terminal;
        DescriptorIo.SetNonBlocking(descriptor);
        _source = new EventSource(loop, descriptor, this);
    }

    public bool Closed { get; private set; }

    /// <summary>False when a former frame still waits: <paramref name="client"/> is called back when there is room.</summary>
    public bool TryWrite(ReadOnlySpan<byte> data, ShimClient client)
    {
        if (Closed || _closing) return true;
        if (_pendingAt < _pending.Length)
        {
            if (!_waiting.Contains(client)) _waiting.Add(client);
            return false;
        }
        var written = Write(data);
        if (written < 0) return true;
        if (written == data.Length) return true;
        _pending = data[written..].ToArray();
        _pendingAt = 0;
        _source.Want(PollConditions.Writable);
        return true;
    }

    public void Forget(ShimClient client) => _waiting.Remove(client);

    /// <summary>End of input, after what is pending. A terminal has no half end: it stays open.</summary>
    public void Close()
    {
        if (_terminal) return;
        _closing = true;
        if (_pendingAt >= _pending.Length) Dispose();
    }

    public void OnReady(PollConditions conditions)
    {
        var written = Write(_pending.AsSpan(_pendingAt));
        if (written > 0) _pendingAt += written;
        if (!Closed && _pendingAt < _pending.Length) return;
        _pending = [];
        _pendingAt = 0;
        if (!Closed) _source.Want(PollConditions.None);
        if (_closing) Dispose();
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        foreach (var client in waiting) client.ResumeInput();
    }

    public void Dispose()
    {
        if (Closed) return;
        Closed = true;
        _source.Want(PollConditions.None);
        _descriptor.Dispose();
    }

    /// <summary>Bytes written; 0 when full; negative when the process reads no more (everything is swallowed from then on).</summary>
    private int Write(ReadOnlySpan<byte> data)
    {
        try
        {
            var written = DescriptorIo.Write(_descriptor, data);
            if (written >= 0) return written;
            if (written == IoResult.WouldBlock) return 0;
        }
        catch (LinuxException)
        {
            // As good as closed.
        }
        Dispose();
        return -1;
    }
}
