using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.51: <c>images/json</c> counts the containers of each image; before, the number was always -1.</summary>
internal sealed class ContainersCounted() : ApiChange(51)
{
    private const int NotCounted = -1;

    public override bool Lowers(ApiRoute route) => route == ApiRoute.ImageList;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        foreach (var image in answer.AsArray()) image!["Containers"] = NotCounted;
    }
}
