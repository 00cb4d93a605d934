using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.49: the registry configuration of <c>info</c> has no non-distributable artifacts; before, two members that were always null.</summary>
internal sealed class NondistributableArtifactsRemoved() : ApiChange(49)
{
    public override bool Lowers(ApiRoute route) => route == ApiRoute.Info;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        if (answer["RegistryConfig"] is not JsonObject registry) return;
        registry["AllowNondistributableArtifactsCIDRs"] = null;
        registry["AllowNondistributableArtifactsHostnames"] = null;
    }
}
