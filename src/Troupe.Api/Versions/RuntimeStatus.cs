using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.44: runtimes of <c>info</c> carry a status.</summary>
internal sealed class RuntimeStatus() : ApiChange(44)
{
    public override bool Lowers(ApiRoute route) => route == ApiRoute.Info;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        if (answer["Runtimes"] is not JsonObject runtimes) return;
        foreach (var (_, runtime) in runtimes) runtime!.AsObject().Remove("status");
    }
}
