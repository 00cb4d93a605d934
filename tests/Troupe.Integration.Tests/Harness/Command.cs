using System.Diagnostics;
using System.Text;

namespace Troupe.Integration.Tests.Harness;

/// <summary>What a finished program left: its exit code and what it wrote.</summary>
internal sealed record CommandResult(string Shown, int ExitCode, string Output, string Error)
{
    public string Line => Output.Trim();

    /// <summary>Fails with everything the program wrote when the exit code is another.</summary>
    public CommandResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"{Shown}\nexit code {ExitCode}, expected {exitCode}\n--- stdout\n{Output}\n--- stderr\n{Error}");
        return this;
    }

    public CommandResult ExpectSuccess() => Expect(0);
}

/// <summary>A running program with captured output. Disposing kills it and its descendants.</summary>
internal sealed class Command : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Task _copies;
    private readonly string _shown;

    private Command(Process process, string shown, string? input)
    {
        _process = process;
        _shown = shown;
        _copies = Task.WhenAll(CopyAsync(process.StandardOutput, _output), CopyAsync(process.StandardError, _error));
        if (input is not null) process.StandardInput.Write(input);
        process.StandardInput.Close();
    }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => Read(_output);

    public string Error => Read(_error);

    public static Command Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? input = null)
    {
        var info = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            WorkingDirectory = "/",
        };
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) info.Environment[name] = value;
        return new Command(Process.Start(info)!, $"$ {program} {string.Join(' ', info.ArgumentList)}", input);
    }

    public static async Task<CommandResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? input = null,
        TimeSpan? limit = null)
    {
        await using var command = Start(program, arguments, environment, input);
        return await command.WaitAsync(limit ?? Limit);
    }

    public async Task<CommandResult> WaitAsync(TimeSpan limit)
    {
        using var source = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(source.Token);
            await _copies.WaitAsync(source.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{_shown}\nstill runs after {limit.TotalSeconds} s\n--- stdout\n{Output}\n--- stderr\n{Error}");
        }

        return new CommandResult(_shown, _process.ExitCode, Output, Error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task CopyAsync(StreamReader reader, StringBuilder target)
    {
        var buffer = new char[4096];
        for (int length; (length = await reader.ReadAsync(buffer)) > 0;)
        {
            lock (target) target.Append(buffer, 0, length);
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
