using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.44: Healthcheck.StartInterval; older engines ignored it.</summary>
internal sealed class HealthcheckStartInterval() : ApiChange(44)
{
    public override bool Lifts(ApiRoute route) => route == ApiRoute.ContainerCreate;

    public override void LiftBody(ApiRoute route, JsonObject body, ChangeFacts facts)
    {
        if (ObjectOf(body, "Healthcheck") is { } health) Remove(health, "StartInterval");
    }
}
