using System.Diagnostics;

namespace Troupe.Images.Tests;

public static class Wait
{
    /// <summary>Looks again until it is so, at most 15 s.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(15)) Assert.Fail("waited in vain for " + what);
            await timer.WaitForNextTickAsync();
        }
    }
}
