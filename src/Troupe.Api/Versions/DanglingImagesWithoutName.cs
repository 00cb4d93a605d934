using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.43: images without a reference have empty lists; before, they were called <c>&lt;none&gt;:&lt;none&gt;</c>.</summary>
internal sealed class DanglingImagesWithoutName() : ApiChange(43)
{
    public override bool Lowers(ApiRoute route) => route == ApiRoute.ImageList;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        foreach (var image in answer.AsArray())
        {
            if (image!["RepoTags"] is JsonArray { Count: > 0 } || image["RepoDigests"] is JsonArray { Count: > 0 }) continue;
            image["RepoTags"] = new JsonArray("<none>:<none>");
            image["RepoDigests"] = new JsonArray("<none>@<none>");
        }
    }
}
