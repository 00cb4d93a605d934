using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.49: <c>info</c> names the firewall backend.</summary>
internal sealed class FirewallBackend() : ApiChange(49)
{
    public override bool Lowers(ApiRoute route) => route == ApiRoute.Info;

    public override void Lower(ApiRoute route, JsonNode answer) => answer.AsObject().Remove("FirewallBackend");
}
