using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.44: images have no VirtualSize any more; it always equalled Size.</summary>
internal sealed class VirtualSizeRemoved() : ApiChange(44)
{
    public override bool Lowers(ApiRoute route) => route is ApiRoute.ImageList or ApiRoute.ImageInspect;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        if (answer is not JsonArray images)
        {
            answer["VirtualSize"] = answer["Size"]!.DeepClone();
            return;
        }

        foreach (var image in images) image!["VirtualSize"] = image["Size"]!.DeepClone();
    }
}
