using System.Collections.Concurrent;
using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Linux.Processes;

namespace Troupe.Containers.Shims;

/// <summary>
/// Learns of the end of processes by their pidfds and collects those that are our children (no zombie shims). One thread for all,
/// since a pidfd is not something the thread pool can wait for.
/// </summary>
internal sealed class ProcessWatcher : IDisposable
{
    private const int WakeToken = 0;
    private readonly EventPoll _poll = new();
    private readonly ConcurrentDictionary<int, Watched> _watched = new();
    private readonly FileDescriptor _wakeRead;
    private readonly FileDescriptor _wakeWrite;
    private readonly Thread _thread;
    private int _lastToken = WakeToken;

    public ProcessWatcher()
    {
        (_wakeRead, _wakeWrite) = DescriptorIo.Pipe();
        _poll.Add(_wakeRead, PollConditions.Readable, WakeToken);
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "process watcher" };
        _thread.Start();
    }

    /// <summary>Completes with the exit code (0 for a process that is not our child). Takes the descriptor over.</summary>
    public Task<int> WatchAsync(FileDescriptor pidFd)
    {
        var watched = new Watched(pidFd, new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously));
        var token = Interlocked.Increment(ref _lastToken);
        _watched[token] = watched;
        // epoll takes additions while another thread waits in it.
        _poll.Add(pidFd, PollConditions.Readable, token);
        return watched.Ended.Task;
    }

    public void Dispose()
    {
        _wakeWrite.Dispose();
        _thread.Join();
        foreach (var watched in _watched.Values)
        {
            watched.Ended.TrySetCanceled();
            watched.PidFd.Dispose();
        }
        _poll.Dispose();
        _wakeRead.Dispose();
    }

    private void Run()
    {
        Span<PollEvent> events = new PollEvent[16];
        while (true)
        {
            var count = _poll.Wait(events, -1);
            foreach (var ready in events[..count])
            {
                if (ready.Token == WakeToken) return;
                if (!_watched.TryRemove(ready.Token, out var watched)) continue;
                _poll.Remove(watched.PidFd);
                watched.Ended.TrySetResult(Collect(watched.PidFd));
                watched.PidFd.Dispose();
            }
        }
    }

    private static int Collect(FileDescriptor pidFd)
    {
        try
        {
            return PidFds.Wait(pidFd, block: false) ?? 0;
        }
        catch (LinuxException)
        {
            return 0; // ECHILD: an adopted shim; its parent collects it
        }
    }

    private sealed record Watched(FileDescriptor PidFd, TaskCompletionSource<int> Ended);
}
