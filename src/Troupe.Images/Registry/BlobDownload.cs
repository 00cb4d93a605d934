using System.Net;
using Troupe.Images.Content;
using Troupe.Specs.Image;

namespace Troupe.Images.Registry;

/// <summary>
/// Brings one blob into an ingest: tries again with growing pauses, goes on where it was cut off, gives up on silence. Retry-After is
/// honoured up to <see cref="Limits.DelayRetryMax"/>.
/// </summary>
internal sealed class BlobDownload(ImagesSettings settings)
{
    private const int BufferSize = 256 * 1024;

    /// <summary>Postcondition: the ingest holds exactly as many bytes as the descriptor says; they are not verified yet.</summary>
    /// <param name="progress">Called with the bytes that are here, from the pool, often.</param>
    public async Task RunAsync(IImageSource source, Descriptor descriptor, Ingest ingest, Action<long> progress, CancellationToken cancel)
    {
        progress(ingest.Position);
        for (var attempt = 1; ingest.Position < descriptor.Size; attempt++)
        {
            TimeSpan delay;
            try
            {
                await OnceAsync(source, descriptor, ingest, progress, cancel).ConfigureAwait(false);
                continue;
            }
            catch (RegistryException e) when (e.IsTransient && attempt < settings.AttemptsMax && !IsTooLong(e.RetryAfter))
            {
                delay = e.RetryAfter ?? Backoff(attempt);
            }

            await Task.Delay(delay, settings.Time, cancel).ConfigureAwait(false);
        }
    }

    private static bool IsTooLong(TimeSpan? retryAfter) => retryAfter > Limits.DelayRetryMax;

    private TimeSpan Backoff(int attempt)
    {
        var delay = settings.DelayRetry * Math.Pow(2, Math.Min(attempt - 1, 10));
        if (delay > Limits.DelayRetryMax) delay = Limits.DelayRetryMax;
        // Up to a quarter more, so that many nodes do not come back at once.
        return delay * (1 + Random.Shared.NextDouble() / 4);
    }

    private async Task OnceAsync(IImageSource source, Descriptor descriptor, Ingest ingest, Action<long> progress, CancellationToken cancel)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = settings.Time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), stall, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            using var body = await source.OpenBlobAsync(descriptor, ingest.Position, stall.Token).ConfigureAwait(false);
            if (body.Offset != ingest.Position) ingest.Restart();
            var buffer = new byte[BufferSize];
            while (ingest.Position < descriptor.Size)
            {
                timer.Change(settings.TimeoutStall, Timeout.InfiniteTimeSpan);
                var read = await body.Stream.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
                if (read == 0) throw RegistryTexts.CutOff(null);
                ingest.Write(buffer.AsSpan(0, read));
                progress(ingest.Position);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw RegistryTexts.CutOff(e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new RegistryException(
                RegistryFailure.Interrupted, Protocol.ErrorCode.Unavailable,
                $"the registry sent nothing of {descriptor.Digest} for {settings.TimeoutStall.TotalSeconds:0} s", e) { Status = HttpStatusCode.RequestTimeout };
        }
    }
}
