using System.Text.Json.Nodes;
using Troupe.Api.Json;

namespace Troupe.Api.Versions;

/// <summary>1.44: an image that does not say when it was made has no Created; before, it had the zero time.</summary>
internal sealed class ImageCreatedOmitted() : ApiChange(44)
{
    public override bool Lowers(ApiRoute route) => route == ApiRoute.ImageInspect;

    public override void Lower(ApiRoute route, JsonNode answer) => answer["Created"] ??= GoTime.Zero;
}
