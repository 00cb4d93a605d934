using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.43: HostConfig.Annotations; older engines ignored them.</summary>
internal sealed class Annotations() : ApiChange(43)
{
    public override bool Lifts(ApiRoute route) => route == ApiRoute.ContainerCreate;

    public override void LiftBody(ApiRoute route, JsonObject body, ChangeFacts facts)
    {
        if (ObjectOf(body, "HostConfig") is { } host) Remove(host, "Annotations");
    }
}
