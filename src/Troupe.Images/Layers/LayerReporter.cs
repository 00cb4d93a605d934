using Akka.Actor;
using Troupe.Images.Pulls;

namespace Troupe.Images.Layers;

/// <summary>Tells how far a layer is, seldom enough (<see cref="Limits.DelayProgress"/>). Called from the download and the unpacking at once.</summary>
internal sealed class LayerReporter(IActorRef worker, IActorRef layers, LayerStep step, TimeProvider time)
{
    private long _lastReport;
    private volatile bool _isDownloaded;

    public bool IsDownloaded => _isDownloaded;

    public void Downloaded(long bytes)
    {
        if (!_isDownloaded) Throttled(LayerPhase.Downloading, bytes);
    }

    public void Verifying() => Tell(LayerPhase.Verifying, 0);

    public void Complete()
    {
        _isDownloaded = true;
        Tell(LayerPhase.Downloaded, 0);
    }

    /// <summary>A client shows one state per layer: while bytes still come in, that is the download.</summary>
    public void Extracted(long bytes)
    {
        if (_isDownloaded) Throttled(LayerPhase.Extracting, bytes);
    }

    private void Throttled(LayerPhase phase, long bytes)
    {
        var now = time.GetTimestamp();
        var last = Interlocked.Read(ref _lastReport);
        if (last != 0 && time.GetElapsedTime(last, now) < Limits.DelayProgress) return;
        if (Interlocked.CompareExchange(ref _lastReport, now, last) == last) Tell(phase, bytes);
    }

    private void Tell(LayerPhase phase, long bytes) => layers.Tell(new LayerProgress(step.Chain, phase, bytes, step.Blob.Size), worker);
}
