using System.IO.Pipelines;

namespace Troupe.Gateway.Hosting;

/// <summary>
/// What Kestrel writes to: the connection's real output until a handler takes the connection over, and nothing afterwards. Kestrel
/// would otherwise write its own response behind the hijacked stream (GATEWAY.md 4).
/// </summary>
internal sealed class SwitchableWriter(PipeWriter inner) : PipeWriter
{
    private readonly byte[] _void = new byte[4096];
    private volatile bool _swallow;

    public override bool CanGetUnflushedBytes => !_swallow && inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => _swallow ? 0 : inner.UnflushedBytes;

    /// <summary>From now on everything is swallowed. Precondition: nothing is between GetMemory and Advance.</summary>
    public void Swallow() => _swallow = true;

    public override void Advance(int bytes)
    {
        if (!_swallow) inner.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        !_swallow ? inner.GetMemory(sizeHint) : sizeHint <= _void.Length ? _void : new byte[sizeHint];

    public override Span<byte> GetSpan(int sizeHint = 0) => !_swallow ? inner.GetSpan(sizeHint) : GetMemory(sizeHint).Span;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        _swallow ? ValueTask.FromResult(default(FlushResult)) : inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush()
    {
        if (!_swallow) inner.CancelPendingFlush();
    }

    public override void Complete(Exception? exception = null)
    {
        if (!_swallow) inner.Complete(exception);
    }

    public override ValueTask CompleteAsync(Exception? exception = null) =>
        _swallow ? ValueTask.CompletedTask : inner.CompleteAsync(exception);
}
