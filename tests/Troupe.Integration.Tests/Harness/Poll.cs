using System.Diagnostics;

namespace Troupe.Integration.Tests.Harness;

/// <summary>Waits for something outside the process, with a deadline and a text for the failure. Tests never sleep.</summary>
internal static class Poll
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    public static Task UntilAsync(string what, TimeSpan limit, Func<bool> condition) =>
        UntilAsync(what, limit, () => Task.FromResult(condition()));

    public static async Task UntilAsync(string what, TimeSpan limit, Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Interval);
        while (!await condition())
        {
            Assert.True(watch.Elapsed < limit, $"not within {limit.TotalSeconds} s: {what}");
            await timer.WaitForNextTickAsync();
        }
    }
}
