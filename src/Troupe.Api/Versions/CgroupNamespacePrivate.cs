using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.41: CgroupnsMode exists; before, containers of a cgroup v1 host were in the host's cgroup namespace.</summary>
internal sealed class CgroupNamespacePrivate() : ApiChange(41)
{
    public override bool Lifts(ApiRoute route) => route == ApiRoute.ContainerCreate;

    public override void LiftBody(ApiRoute route, JsonObject body, ChangeFacts facts)
    {
        if (facts.IsCgroupV2) return;
        if (ObjectOrNew(body, "HostConfig") is { } host && IsEmpty(host, "CgroupnsMode")) Set(host, "CgroupnsMode", "host");
    }
}
