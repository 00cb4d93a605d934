using System.CommandLine;
using Troupe.Api;
using Troupe.Api.Containers;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Engine;
using Troupe.Cli.Output;

namespace Troupe.Cli.Commands;

/// <summary>Creates a container; the image is pulled when the engine does not have it.</summary>
internal static class Creation
{
    private const int NotFound = 404;

    /// <returns>The container's id.</returns>
    public static async Task<string> CreateAsync(
        EngineClient engine, ContainerCreateRequest request, ContainerOptions options, ParseResult parsed, CancellationToken cancel)
    {
        var policy = parsed.GetValue(options.Pull) ?? "missing";
        if (policy is not ("always" or "missing" or "never"))
            throw new CliException($"invalid pull option: '{policy}': must be one of \"always\", \"missing\" or \"never\"", TokenOrder.ExitUsage);
        if (policy == "always") await Images.PullAsync(engine, request.Image, Screen.Error, isQuiet: false, cancel);

        var name = parsed.GetValue(options.Name);
        var path = "/containers/create" + Words.Query(("name", name is null ? null : Uri.EscapeDataString(name)));
        ContainerCreateResponse created;
        try
        {
            created = await PostAsync(engine, path, request, cancel);
        }
        catch (EngineException e) when (e.Status == NotFound && policy == "missing" && e.Reason.Contains("No such image", StringComparison.Ordinal))
        {
            await Screen.Error.WriteLineAsync($"Unable to find image '{Shown(request.Image)}' locally");
            await Images.PullAsync(engine, request.Image, Screen.Error, isQuiet: false, cancel);
            created = await PostAsync(engine, path, request, cancel);
        }

        foreach (var warning in created.Warnings ?? []) await Screen.Error.WriteLineAsync($"WARNING: {warning}");
        return created.Id;
    }

    private static Task<ContainerCreateResponse> PostAsync(EngineClient engine, string path, ContainerCreateRequest request, CancellationToken cancel) =>
        engine.PostAsync(path, request, ApiJson.Context.ContainerCreateRequest, ApiJson.Context.ContainerCreateResponse, cancel);

    private static string Shown(string image) =>
        Specs.ImageReference.TryParse(image, out var reference, out _) ? reference.WithDefaultTag().Familiar : image;
}
