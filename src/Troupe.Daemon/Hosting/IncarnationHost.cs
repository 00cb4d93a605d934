using Troupe.Daemon.Engine;

namespace Troupe.Daemon.Hosting;

/// <summary>
/// Keeps one actor system alive in the process: builds it, waits for its end, builds the next one after a pause that grows while
/// building fails. Everything that must outlive a system asks here for the current one.
/// </summary>
internal sealed class IncarnationHost(IncarnationParts parts, ILogger logger) : IIncarnations
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<LiveSystem> _next = NewSource();
    private LiveSystem? _current;
    private Incarnation? _incarnation;

    public LiveSystem? Current
    {
        get
        {
            lock (_lock) return _current;
        }
    }

    public Task<LiveSystem> WhenReadyAsync(CancellationToken cancel)
    {
        Task<LiveSystem> next;
        lock (_lock)
        {
            if (_current is not null) return Task.FromResult(_current);
            next = _next.Task;
        }

        return next.WaitAsync(cancel);
    }

    /// <summary>Runs until the cancellation; then the last system has left the cluster and ended.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var delay = Limits.DelayRebuildMin;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await LiveAsync(stop).ConfigureAwait(false);
                delay = Limits.DelayRebuildMin;
                if (!stop.IsCancellationRequested) Lines.Rebuilding(logger, delay);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                Lines.BuildFailed(logger, delay, error);
            }

            await DelayAsync(delay, stop).ConfigureAwait(false);
            delay = delay * 2 < Limits.DelayRebuildMax ? delay * 2 : Limits.DelayRebuildMax;
        }
    }

    /// <summary>Ends the current system as if the cluster had downed it; the next one follows. For tests of that very thing.</summary>
    internal async Task EndCurrentAsync()
    {
        Incarnation? incarnation;
        lock (_lock) incarnation = _incarnation;
        if (incarnation is not null) await incarnation.DisposeAsync().ConfigureAwait(false);
    }

    private async Task LiveAsync(CancellationToken stop)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(Limits.TimeoutStart);
        await using var incarnation = await Incarnation.StartAsync(parts, deadline.Token).ConfigureAwait(false);
        Put(incarnation);
        try
        {
            await Task.WhenAny(incarnation.Ended, Task.Delay(Timeout.Infinite, stop)).ConfigureAwait(false);
        }
        finally
        {
            Take();
        }
    }

    private void Put(Incarnation incarnation)
    {
        lock (_lock)
        {
            (_incarnation, _current) = (incarnation, incarnation.Live);
            _next.TrySetResult(incarnation.Live);
        }
    }

    private void Take()
    {
        lock (_lock)
        {
            (_incarnation, _current) = (null, null);
            _next = NewSource();
        }
    }

    private static async Task DelayAsync(TimeSpan delay, CancellationToken stop)
    {
        try
        {
            await Task.Delay(delay, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop ends.
        }
    }

    private static TaskCompletionSource<LiveSystem> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
