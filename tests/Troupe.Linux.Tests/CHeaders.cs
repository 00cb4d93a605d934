using System.Diagnostics;
using System.Globalization;

namespace Troupe.Linux.Tests;

/// <summary>Asks this system's C headers: compiles a program that prints the values of expressions.</summary>
internal static class CHeaders
{
    /// <param name="preamble">The includes.</param>
    /// <param name="expressions">Integer constants; the results come in their order.</param>
    public static long[] Evaluate(string preamble, IReadOnlyList<string> expressions)
    {
        var directory = Directory.CreateTempSubdirectory("troupe-headers-").FullName;
        try
        {
            var source = Path.Join(directory, "ask.c");
            var program = Path.Join(directory, "ask");
            var lines = expressions.Select(e => $"printf(\"%lld\\n\", (long long)({e}));");
            File.WriteAllText(source, $"#define _GNU_SOURCE\n#include <stdio.h>\n#include <stddef.h>\n{preamble}\nint main(void) {{\n{string.Join('\n', lines)}\nreturn 0; }}\n");
            Run("gcc", "-o", program, source);
            return [.. Run(program).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => long.Parse(l, CultureInfo.InvariantCulture))];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Fails with every expression whose value is another than ours.</summary>
    public static void Check(string preamble, IReadOnlyList<(string Expression, long Ours)> expected)
    {
        var theirs = Evaluate(preamble, [.. expected.Select(e => e.Expression)]);
        Assert.Equal(expected.Select(e => $"{e.Expression} = {e.Ours}"), expected.Select((e, i) => $"{e.Expression} = {theirs[i]}"));
    }

    private static string Run(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(60_000), $"{file} did not end in 60 s");
        Assert.True(process.ExitCode == 0, $"{file} failed: {error}");
        return output.GetAwaiter().GetResult();
    }
}
