namespace Troupe.Architecture.Tests;

internal static class Offenders
{
    /// <summary>Fails with the whole list: one run shows everything that has to be mended.</summary>
    public static void None(IEnumerable<string> offenders)
    {
        var list = offenders.ToList();
        Assert.True(list.Count == 0, $"{list.Count} found:\n{string.Join('\n', list)}");
    }
}
