using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.45: an endpoint's aliases are what was asked for; before, the container's short id was among them.</summary>
internal sealed class AliasesAsSubmitted() : ApiChange(45)
{
    private const int ShortIdLength = 12;

    public override bool Lowers(ApiRoute route) => route == ApiRoute.ContainerInspect;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        if (answer["NetworkSettings"]?["Networks"] is not JsonObject networks) return;
        var shortId = answer["Id"]!.GetValue<string>()[..ShortIdLength];
        var hostname = answer["Config"]?["Hostname"]?.GetValue<string>() ?? "";
        foreach (var (name, endpoint) in networks)
        {
            // Only networks that users made have aliases.
            if (name is "bridge" or "host" or "none" or "default") continue;
            if (endpoint!["Aliases"] is not JsonArray aliases) endpoint["Aliases"] = aliases = [];
            foreach (var alias in new[] { shortId, hostname })
            {
                if (alias.Length > 0 && !aliases.Any(known => known!.GetValue<string>() == alias)) aliases.Add((JsonNode)alias);
            }
        }
    }
}
