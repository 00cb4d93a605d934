using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.46: entries of <c>containers/json</c> tell annotations.</summary>
internal sealed class AnnotationsListed() : ApiChange(46)
{
    public override bool Lowers(ApiRoute route) => route == ApiRoute.ContainerList;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        foreach (var container in answer.AsArray()) (container!["HostConfig"] as JsonObject)?.Remove("Annotations");
    }
}
