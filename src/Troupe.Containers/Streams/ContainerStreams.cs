using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Troupe.Containers.Shims;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Streams;

/// <summary>
/// The node's attach broker. It belongs to the process host: its streams hang on shim sockets, not on actors. A client may come before
/// the start; <see cref="ShimReadyAsync"/> connects it between create and start, so it misses nothing.
/// </summary>
/// <param name="spoolDirectory">Where backlogs of slow clients go as unlinked files; on a real disk, not in memory.</param>
public sealed class ContainerStreams(string spoolDirectory, TimeProvider time) : IContainerStreams, IShimRegistry, IAsyncDisposable
{
    private readonly ConcurrentDictionary<ContainerId, Entry> _entries = new();
    private volatile bool _disposed;

    public async ValueTask<IAttachedStream> AttachAsync(ContainerId id, AttachOptions options, CancellationToken cancel)
    {
        BrokeredStream? stream;
        string? runDirectory;
        Entry entry;
        do
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            entry = _entries.GetOrAdd(id, static _ => new Entry());
        }
        while (!TryAdd(id, entry, options, out stream, out runDirectory));
        if (runDirectory is not null) await ConnectNowAsync(entry, stream, runDirectory, cancel).ConfigureAwait(false);
        return stream;
    }

    public async ValueTask ShimReadyAsync(ContainerId id, IShimConnection shim, CancellationToken cancel)
    {
        BrokeredStream[]? waiting;
        while (!TryReady(_entries.GetOrAdd(id, static _ => new Entry()), shim.RunDirectory, out waiting))
        {
            // The entry was just retired; the next one is new.
        }
        await Task.WhenAll(waiting.Select(stream => ConnectWaitingAsync(stream, shim.RunDirectory, cancel))).ConfigureAwait(false);
    }

    public void ShimEnded(ContainerId id)
    {
        if (!_entries.TryGetValue(id, out var entry)) return;
        BrokeredStream[] ended = [];
        lock (entry)
        {
            // A start that failed before the shim was ready: whoever waited for it has nothing to wait for.
            if (entry.RunDirectory is null)
            {
                ended = [.. entry.Waiting];
                entry.Waiting.Clear();
            }
            entry.RunDirectory = null;
        }
        foreach (var stream in ended) stream.End(null);
        Prune(id, entry);
    }

    public void ContainerGone(ContainerId id)
    {
        if (!_entries.TryRemove(id, out var entry)) return;
        BrokeredStream[] ended;
        lock (entry)
        {
            entry.IsRetired = true;
            ended = [.. entry.Waiting];
            entry.Waiting.Clear();
            entry.RunDirectory = null;
        }
        foreach (var stream in ended) stream.End(null);
    }

    /// <summary>The node stops: every client ends. Containers go on.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        foreach (var entry in _entries.Values)
        {
            BrokeredStream[] streams;
            lock (entry) streams = [.. entry.Streams];
            foreach (var stream in streams)
            {
                stream.End(new ObjectDisposedException(nameof(ContainerStreams)));
                await stream.DisposeAsync().ConfigureAwait(false);
            }
        }
        _entries.Clear();
    }

    private bool TryAdd(
        ContainerId id, Entry entry, AttachOptions options, [NotNullWhen(true)] out BrokeredStream? stream, out string? runDirectory)
    {
        stream = null;
        lock (entry)
        {
            runDirectory = entry.RunDirectory;
            if (entry.IsRetired) return false;
            if (entry.Streams.Count >= ByteLimits.PendingClientsMax)
            {
                throw new InvalidOperationException($"container {id.Short} has {ByteLimits.PendingClientsMax} attached clients already");
            }
            stream = new BrokeredStream(options, spoolDirectory, closed => Forget(id, entry, closed));
            entry.Streams.Add(stream);
            if (runDirectory is null) entry.Waiting.Add(stream);
            return true;
        }
    }

    private static bool TryReady(Entry entry, string runDirectory, [NotNullWhen(true)] out BrokeredStream[]? waiting)
    {
        waiting = null;
        lock (entry)
        {
            if (entry.IsRetired) return false;
            entry.RunDirectory = runDirectory;
            waiting = [.. entry.Waiting];
            entry.Waiting.Clear();
            return true;
        }
    }

    /// <summary>The container runs already. When its shim can't be connected the run is just ending: the client waits for the next start.</summary>
    private async Task ConnectNowAsync(Entry entry, BrokeredStream stream, string runDirectory, CancellationToken cancel)
    {
        try
        {
            await ConnectAsync(stream, runDirectory, stream.Options, cancel).ConfigureAwait(false);
        }
        catch (ShimException)
        {
            lock (entry)
            {
                // A next run that became ready in between would not find it among the waiting.
                if (entry.RunDirectory is null || entry.RunDirectory == runDirectory) entry.Waiting.Add(stream);
                else stream.End(null);
            }
        }
        catch (OperationCanceledException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task ConnectWaitingAsync(BrokeredStream stream, string runDirectory, CancellationToken cancel)
    {
        try
        {
            // From offset 0, whatever the client asked: it was here before the first byte.
            await ConnectAsync(stream, runDirectory, stream.Options with { Replay = true }, cancel).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is ShimException or OperationCanceledException)
        {
            stream.End(new IOException("the container's streams can't be reached", failure));
        }
    }

    private async Task ConnectAsync(BrokeredStream stream, string runDirectory, AttachOptions options, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(ByteLimits.TimeoutCall, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            await stream.ConnectAsync(runDirectory, options, time, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!cancel.IsCancellationRequested)
        {
            throw new ShimException("the shim did not answer in time", Linux.Errno.ETIMEDOUT.Value, late);
        }
        catch (System.Net.Sockets.SocketException failure)
        {
            throw new ShimException($"the shim can't be connected: {failure.Message}", failure.NativeErrorCode, failure);
        }
    }

    private void Forget(ContainerId id, Entry entry, BrokeredStream stream)
    {
        lock (entry)
        {
            entry.Streams.Remove(stream);
            entry.Waiting.Remove(stream);
        }
        Prune(id, entry);
    }

    /// <summary>An entry without a run and without clients says nothing.</summary>
    private void Prune(ContainerId id, Entry entry)
    {
        lock (entry)
        {
            if (entry.RunDirectory is not null || entry.Streams.Count > 0) return;
            entry.IsRetired = true;
            _entries.TryRemove(new KeyValuePair<ContainerId, Entry>(id, entry));
        }
    }

    /// <summary>What is known of one container; guarded by a lock on itself.</summary>
    private sealed class Entry
    {
        public string? RunDirectory { get; set; }

        /// <summary>Taken out of the table: whoever still holds it looks again.</summary>
        public bool IsRetired { get; set; }

        public List<BrokeredStream> Waiting { get; } = [];

        public HashSet<BrokeredStream> Streams { get; } = [];
    }
}
