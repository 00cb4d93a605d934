using Troupe.Cli.Attach;
using Troupe.Cli.Engine;
using Troupe.Cli.Output;
using Troupe.Specs;

namespace Troupe.Cli.Commands;

/// <summary>Pulling, for <c>pull</c> and for <c>run</c>.</summary>
internal static class Images
{
    /// <exception cref="CliException">Not a reference, or the pull failed.</exception>
    public static async Task<ImageReference> PullAsync(EngineClient engine, string image, TextWriter output, bool isQuiet, CancellationToken cancel)
    {
        if (!ImageReference.TryParse(image, out var parsed, out var error)) throw new CliException(error);
        var reference = parsed.WithDefaultTag();
        var version = reference.Digest?.ToString() ?? reference.Tag;
        using var answer = await engine.SendAsync(
            HttpMethod.Post, $"/images/create?fromImage={Uri.EscapeDataString(reference.Name)}&tag={Uri.EscapeDataString(version!)}", content: null, cancel);
        await using var progress = await answer.Content.ReadAsStreamAsync(cancel);
        await PullDisplay.ShowAsync(progress, isQuiet ? TextWriter.Null : output, !isQuiet && StandardStreams.IsOutputTerminal, cancel);
        return reference;
    }
}
