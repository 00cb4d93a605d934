using Troupe.Cli.Output;

namespace Troupe.Cli.Commands;

/// <summary>One action for each name: successes on stdout, failures on stderr, exit code 1 when one failed.</summary>
internal static class EachTarget
{
    public static Task<int> RunAsync(string[] names, Func<string, Task> action) => RunAsync(names, async name =>
    {
        await action(name);
        return name;
    });

    /// <param name="action">Does it and says what is to be printed.</param>
    public static async Task<int> RunAsync(string[] names, Func<string, Task<string>> action)
    {
        var code = 0;
        foreach (var name in names)
        {
            try
            {
                Screen.Out.WriteLine(await action(name));
            }
            catch (CliException e)
            {
                await Screen.Error.WriteLineAsync(e.Message);
                code = 1;
            }
        }

        return code;
    }
}
