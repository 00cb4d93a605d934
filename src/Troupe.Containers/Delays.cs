namespace Troupe.Containers;

internal static class Delays
{
    /// <summary>Exponential pause before attempt <paramref name="failures"/> + 1, from 1 s to 30 s.</summary>
    public static TimeSpan Backoff(int failures)
    {
        var seconds = Limits.DelayRestartMin.TotalSeconds * Math.Pow(2, Math.Min(failures, 10));
        return TimeSpan.FromSeconds(Math.Min(seconds, Limits.DelayRestartMax.TotalSeconds));
    }
}
