using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.50: <c>info</c> no longer tells whether bridges filter; before, two members that were false in the end.</summary>
internal sealed class BridgeNetfilterOmitted() : ApiChange(50)
{
    public override bool Lowers(ApiRoute route) => route == ApiRoute.Info;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        answer["BridgeNfIptables"] = false;
        answer["BridgeNfIp6tables"] = false;
    }
}
