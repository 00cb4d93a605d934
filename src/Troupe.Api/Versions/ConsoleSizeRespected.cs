using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.42: HostConfig.ConsoleSize is the terminal's first size; before, engines on Linux ignored it.</summary>
internal sealed class ConsoleSizeRespected() : ApiChange(42)
{
    public override bool Lifts(ApiRoute route) => route == ApiRoute.ContainerCreate;

    public override void LiftBody(ApiRoute route, JsonObject body, ChangeFacts facts)
    {
        if (ObjectOf(body, "HostConfig") is { } host) Remove(host, "ConsoleSize");
    }
}
