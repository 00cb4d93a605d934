using System.Text.Json;
using Troupe.Api;
using Troupe.Cli.Engine;

namespace Troupe.Cli.Commands;

/// <summary>A <c>wait</c> that the engine has accepted: made before the start, read after the end.</summary>
internal sealed class ContainerExit : IDisposable
{
    private readonly HttpResponseMessage _answer;

    private ContainerExit(HttpResponseMessage answer) => _answer = answer;

    /// <param name="condition"><c>not-running</c>, <c>next-exit</c> or <c>removed</c>.</param>
    public static async Task<ContainerExit> WatchAsync(EngineClient engine, string id, string condition, CancellationToken cancel) =>
        new(await engine.SendAsync(HttpMethod.Post, $"/containers/{id}/wait?condition={condition}", content: null, cancel));

    /// <exception cref="CliException">The engine went away before the container ended, or says why it can't tell.</exception>
    public async Task<int> CodeAsync(CancellationToken cancel)
    {
        try
        {
            await using var body = await _answer.Content.ReadAsStreamAsync(cancel);
            var exit = await JsonSerializer.DeserializeAsync(body, ApiJson.Context.ContainerWaitResponse, cancel);
            if (exit!.Error?.Message is { Length: > 0 } error) throw new CliException(error);
            return exit.StatusCode;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new CliException($"error waiting for container: {e.Message}");
        }
    }

    public void Dispose() => _answer.Dispose();
}
