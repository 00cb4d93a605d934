using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.25: the engine removes a container with AutoRemove; before, <c>docker run --rm</c> removed it itself, and fails when it is gone.</summary>
internal sealed class AutoRemoveByEngine() : ApiChange(25)
{
    public override bool Lifts(ApiRoute route) => route == ApiRoute.ContainerCreate;

    public override void LiftBody(ApiRoute route, JsonObject body, ChangeFacts facts)
    {
        if (ObjectOf(body, "HostConfig") is { } host) Remove(host, "AutoRemove");
    }
}
