using Troupe.Containers.Shims;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Streams;

/// <summary>
/// One attach client of the node: first waiting for the container's start, then fed from the shim.
/// <code>
///   waiting --ConnectAsync--> connected --the shim's stream ended--> ended (the backlog can still be read)
///      `------------- End ----------------------------------------------^
/// </code>
/// Output is taken from the shim's socket at once and kept in a spool, so that no client holds the container up. A gap that the shim
/// reports all the same is passed on as an offset that jumps.
/// </summary>
internal sealed class BrokeredStream : IAttachedStream
{
    private readonly OutputSpool _spool;
    private readonly Action<BrokeredStream> _closed;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource<ShimAttachedStream?> _shim = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isClosed;

    public BrokeredStream(AttachOptions options, string spoolDirectory, Action<BrokeredStream> closed)
    {
        Options = options;
        _closed = closed;
        _spool = new OutputSpool(spoolDirectory, ByteLimits.SpoolMemoryBytes, ByteLimits.SpoolFileBytesMax);
    }

    public AttachOptions Options { get; }

    /// <summary>Bytes that the client has not taken yet.</summary>
    public long Backlog => _spool.Backlog;

    /// <summary>Connects to the first process of the shim in this directory and starts to pump. Fails as the shim does.</summary>
    public async Task ConnectAsync(string runDirectory, AttachOptions options, TimeProvider time, CancellationToken cancel)
    {
        var shim = await ShimAttachedStream.OpenAsync(runDirectory, "", options, time, cancel).ConfigureAwait(false);
        if (_closing.IsCancellationRequested || !_shim.TrySetResult(shim))
        {
            await shim.DisposeAsync().ConfigureAwait(false);
            return;
        }
        _ = Task.Run(() => PumpAsync(shim), CancellationToken.None);
    }

    /// <summary>There is (or will be) no process for this client: it reads the end.</summary>
    public void End(Exception? failure)
    {
        _shim.TrySetResult(null);
        _spool.Complete(failure);
    }

    public ValueTask<StreamChunk?> ReadAsync(CancellationToken cancel) => _spool.ReadAsync(cancel);

    public async ValueTask WriteStdinAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        if (!Options.Stdin) return;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closing.Token);
        if (await _shim.Task.WaitAsync(both.Token).ConfigureAwait(false) is { } shim)
        {
            await shim.WriteStdinAsync(data, both.Token).ConfigureAwait(false);
        }
    }

    public async ValueTask CloseStdinAsync(CancellationToken cancel)
    {
        if (!Options.Stdin) return;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closing.Token);
        if (await _shim.Task.WaitAsync(both.Token).ConfigureAwait(false) is { } shim)
        {
            await shim.CloseStdinAsync(both.Token).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        await _closing.CancelAsync().ConfigureAwait(false);
        if (!_shim.TrySetResult(null) && await _shim.Task.ConfigureAwait(false) is { } shim) await shim.DisposeAsync().ConfigureAwait(false);
        _spool.Dispose();
        _closed(this);
    }

    private async Task PumpAsync(ShimAttachedStream shim)
    {
        Exception? failure = null;
        try
        {
            while (await shim.ReadAsync(_closing.Token).ConfigureAwait(false) is { } chunk)
            {
                if (!_spool.TryAppend(chunk)) break;
            }
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
        catch (ShimException e)
        {
            failure = new IOException(e.Message, e);
        }
        _spool.Complete(failure);
        await shim.DisposeAsync().ConfigureAwait(false);
    }
}
