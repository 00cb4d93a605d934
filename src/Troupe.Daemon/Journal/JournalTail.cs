using System.Runtime.CompilerServices;
using Troupe.Protocol;

namespace Troupe.Daemon.Journal;

/// <summary>
/// The node's events, past and coming, in the order of the journal. Every reader has a cursor of its own and reads rows, never a
/// queue: a slow one falls behind and misses nothing. Process host; thread-safe.
/// </summary>
internal sealed class JournalTail(string path, string nodeId, TimeProvider time) : IEventSource
{
    private TaskCompletionSource _signal = NewSignal();

    /// <summary>A row was written: readers look at once. A signal that is lost costs <see cref="Limits.IntervalJournalPoll"/>.</summary>
    public void Signal() => Interlocked.Exchange(ref _signal, NewSignal()).TrySetResult();

    public async IAsyncEnumerable<EngineEvent> ReadAsync(
        DateTimeOffset? since, DateTimeOffset? until, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var reader = JournalReader.Open(path);
        var events = new DockerEvents(nodeId, reader.HistoryOf);
        var cursor = since is { } start ? reader.Before(start) : reader.Newest();
        while (true)
        {
            // Taken before the read: a row written after it completes this very signal.
            var signal = Volatile.Read(ref _signal).Task;
            var isOver = until is { } end && time.GetUtcNow() >= end;
            var rows = reader.After(cursor, Limits.JournalRowsPerRead);
            foreach (var row in rows)
            {
                cursor = row.Ordering;
                if (row.Event is null) continue;
                foreach (var mapped in events.Map(cursor, row.Event))
                {
                    if (since is { } from && mapped.At < from) continue;
                    if (until is { } to && mapped.At > to) continue;
                    yield return mapped;
                }
            }

            if (rows.Count > 0) continue;
            if (isOver) yield break;
            await WaitAsync(signal, until, cancel).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(Task signal, DateTimeOffset? until, CancellationToken cancel)
    {
        var left = until is { } end ? end - time.GetUtcNow() : Limits.IntervalJournalPoll;
        if (left < TimeSpan.Zero) return;
        var wait = left < Limits.IntervalJournalPoll ? left : Limits.IntervalJournalPoll;
        await Task.WhenAny(signal, Task.Delay(wait, time, cancel)).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
