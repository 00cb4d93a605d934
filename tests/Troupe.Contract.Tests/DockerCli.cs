using System.Diagnostics;
using System.Text;
using Troupe.Gateway.Tests.Fakes;

namespace Troupe.Contract.Tests;

/// <summary>How a run of the client ended.</summary>
public sealed record CliResult(int Code, string Output, string Error)
{
    public override string ToString() => $"exit {Code}\n--- stdout\n{Output}\n--- stderr\n{Error}";
}

/// <summary>The stock docker client, run against a test's gateway with a configuration directory of its own. Every run has a deadline.</summary>
public static class DockerCli
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    public static bool IsThere { get; } = FindOnPath() is not null;

    public static Task<CliResult> RunAsync(TestGateway gateway, params string[] arguments) => RunAsync(gateway, input: null, arguments);

    public static async Task<CliResult> RunAsync(TestGateway gateway, string? input, string[] arguments, string? version = null)
    {
        using var process = Start(gateway, version, arguments);
        using var limit = new CancellationTokenSource(Deadline);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return new CliResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"docker {string.Join(' ', arguments)} did not end within {Deadline}");
        }
    }

    /// <summary>The caller reads and ends it.</summary>
    public static Process Start(TestGateway gateway, params string[] arguments) => Start(gateway, version: null, arguments);

    private static Process Start(TestGateway gateway, string? version, string[] arguments)
    {
        var start = new ProcessStartInfo(FindOnPath()!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["DOCKER_HOST"] = "unix://" + gateway.Socket;
        start.Environment["DOCKER_CONFIG"] = Path.GetDirectoryName(gateway.Socket)!;
        start.Environment.Remove("DOCKER_CONTEXT");
        start.Environment.Remove("DOCKER_API_VERSION");
        if (version is not null) start.Environment["DOCKER_API_VERSION"] = version;
        return Process.Start(start) ?? throw new InvalidOperationException("docker did not start");
    }

    private static string? FindOnPath() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(directory => Path.Combine(directory, "docker")).FirstOrDefault(File.Exists);
}
