using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.40: a container's IPC namespace is private by default; before, others could join it.</summary>
internal sealed class IpcModePrivate() : ApiChange(40)
{
    public override bool Lifts(ApiRoute route) => route == ApiRoute.ContainerCreate;

    public override void LiftBody(ApiRoute route, JsonObject body, ChangeFacts facts)
    {
        if (ObjectOrNew(body, "HostConfig") is { } host && IsEmpty(host, "IpcMode")) Set(host, "IpcMode", "shareable");
    }
}
