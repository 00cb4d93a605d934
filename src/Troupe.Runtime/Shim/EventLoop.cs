using Troupe.Linux;
using Troupe.Linux.Events;

namespace Troupe.Runtime.Shim;

/// <summary>Something that waits for a descriptor. Called on the loop's thread.</summary>
internal interface IEventHandler
{
    void OnReady(PollConditions conditions);
}

/// <summary>One registered descriptor. Taking it out and putting it back is how reading is paused: epoll reports hang-ups even unasked.</summary>
internal sealed class EventSource(EventLoop loop, FileDescriptor descriptor, IEventHandler handler)
{
    private PollConditions _conditions;
    private int _token = -1;

    internal IEventHandler Handler => handler;

    /// <summary>Waits for these conditions; None waits for nothing at all.</summary>
    public void Want(PollConditions conditions)
    {
        if (conditions == _conditions) return;
        if (conditions == PollConditions.None)
        {
            loop.Poll.Remove(descriptor);
            loop.Release(_token);
            _token = -1;
        }
        else if (_conditions == PollConditions.None)
        {
            _token = loop.Claim(this);
            loop.Poll.Add(descriptor, conditions, _token);
        }
        else
        {
            loop.Poll.Change(descriptor, conditions, _token);
        }
        _conditions = conditions;
    }
}

/// <summary>A deadline that may be set again and again; it runs its action once per setting.</summary>
internal sealed class EventTimer(EventLoop loop, Action elapsed)
{
    internal long DueMs { get; private set; } = long.MaxValue;

    internal Action Elapsed => elapsed;

    public bool IsSet => DueMs != long.MaxValue;

    public void Set(int afterMs)
    {
        if (!IsSet) loop.Timers.Add(this);
        DueMs = EventLoop.NowMs + afterMs;
    }

    public void Cancel()
    {
        if (!IsSet) return;
        DueMs = long.MaxValue;
        loop.Timers.Remove(this);
    }
}

/// <summary>
/// One thread, one epoll: no pool, no asynchronous code, so that a shim has one stack and almost no heap. Timers are few (per client
/// and process at most one or two), a list is enough.
/// </summary>
internal sealed class EventLoop : IDisposable
{
    private readonly List<EventSource?> _sources = [];
    private readonly Stack<int> _free = new();
    private readonly List<int> _released = [];
    private readonly PollEvent[] _events = new PollEvent[32];

    internal EventPoll Poll { get; } = new();

    internal List<EventTimer> Timers { get; } = [];

    public static long NowMs => Clock.MonotonicNs() / 1_000_000;

    public bool Stopped { get; private set; }

    public void Stop() => Stopped = true;

    /// <summary>Runs until <see cref="Stop"/>. After each batch of events <paramref name="afterBatch"/> is called.</summary>
    public void Run(Action afterBatch)
    {
        while (!Stopped)
        {
            var count = Poll.Wait(_events, TimeoutMs());
            for (var i = 0; i < count && !Stopped; i++)
            {
                // A handler earlier in this batch may have taken this source out; its slot is empty then and not yet reused.
                _sources[_events[i].Token]?.Handler.OnReady(_events[i].Conditions);
            }
            foreach (var token in _released) _free.Push(token);
            _released.Clear();
            RunTimers();
            afterBatch();
        }
    }

    public void Dispose() => Poll.Dispose();

    internal int Claim(EventSource source)
    {
        if (_free.TryPop(out var token))
        {
            _sources[token] = source;
            return token;
        }
        _sources.Add(source);
        return _sources.Count - 1;
    }

    internal void Release(int token)
    {
        _sources[token] = null;
        _released.Add(token);
    }

    private int TimeoutMs()
    {
        var next = long.MaxValue;
        foreach (var timer in Timers) next = Math.Min(next, timer.DueMs);
        return next == long.MaxValue ? -1 : (int)Math.Clamp(next - NowMs, 0, int.MaxValue);
    }

    private void RunTimers()
    {
        if (Timers.Count == 0) return;
        var now = NowMs;
        for (var i = Timers.Count - 1; i >= 0; i--)
        {
            if (i >= Timers.Count || Timers[i].DueMs > now) continue;
            var timer = Timers[i];
            timer.Cancel();
            timer.Elapsed();
        }
    }
}
