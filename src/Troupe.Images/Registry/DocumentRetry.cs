using System.Net;

namespace Troupe.Images.Registry;

/// <summary>Tries a small document again: few tries and short pauses, for a client waits for the first line.</summary>
internal static class DocumentRetry
{
    public static async Task<T> RunAsync<T>(ImagesSettings settings, Func<CancellationToken, Task<T>> exchange, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan delay;
            try
            {
                return await exchange(cancel).ConfigureAwait(false);
            }
            catch (RegistryException e) when (attempt < Limits.ManifestAttemptsMax && IsWorthRetrying(e))
            {
                delay = e.RetryAfter ?? settings.DelayRetry / 2 * attempt;
            }

            await Task.Delay(delay, settings.Time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>A registry that limits is asked again only when it said when.</summary>
    private static bool IsWorthRetrying(RegistryException failure) =>
        failure is { Kind: RegistryFailure.Status, IsTransient: true }
        && (failure.RetryAfter is { } wait ? wait <= Limits.DelayRetryMax : failure.Status != HttpStatusCode.TooManyRequests);
}
