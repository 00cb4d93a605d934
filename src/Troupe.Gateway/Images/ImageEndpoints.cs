using Microsoft.AspNetCore.Http;
using Troupe.Api;
using Troupe.Api.Images;
using Troupe.Gateway.Containers;
using Troupe.Gateway.Http;
using Troupe.Protocol.Images;

namespace Troupe.Gateway.Images;

/// <summary>Requests about images that are answered at once.</summary>
internal static class ImageEndpoints
{
    public static async Task ListAsync(ApiCall call)
    {
        var selection = new ImageSelection(Filters.Parse(call.Query.Text("filters"), ImageSelection.KnownFilters));
        var all = await call.AskAsync<ImageList>(new ListImages(), Limits.AskQuery);
        var images = await selection.SelectAsync(all.Images, name => call.AskAsync<ImageView>(new ResolveImage(name), Limits.AskQuery));
        var uses = call.Parts.Index.All.CountBy(c => c.ImageId).ToDictionary();
        ImageSummary[] summaries = [.. images.Select(image => ImageMapping.Summary(image, uses.GetValueOrDefault(image.Id)))];
        await call.WriteAsync(StatusCodes.Status200OK, summaries, ApiJson.Context.ImageSummaryArray);
    }

    public static async Task InspectAsync(ApiCall call)
    {
        var image = await call.AskAsync<ImageView>(new ResolveImage(call.Name), Limits.AskQuery);
        var inspect = ImageMapping.Inspect(image, call.Parts.Node.Describe().DataRoot);
        await call.WriteAsync(StatusCodes.Status200OK, inspect, ApiJson.Context.ImageInspect);
    }

    public static async Task DeleteAsync(ApiCall call)
    {
        ImageUse[] uses = [.. call.Parts.Index.All.Select(c => new ImageUse(c.ImageId, c.Id, ContainerWords.IsRunning(c)))];
        var remove = new RemoveImage(call.Cause, call.Name, call.Query.Flag("force"), Prune: !call.Query.Flag("noprune"), uses);
        var removed = await call.AskAsync<ImageRemovedResult>(remove, Limits.AskCommand);
        ImageDeleteItem[] items =
        [
            .. removed.Untagged.Select(name => new ImageDeleteItem { Untagged = name }),
            .. removed.Deleted.Select(id => new ImageDeleteItem { Deleted = id }),
        ];
        await call.WriteAsync(StatusCodes.Status200OK, items, ApiJson.Context.ImageDeleteItemArray);
    }
}
