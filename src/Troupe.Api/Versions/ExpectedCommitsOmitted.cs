using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.49: the commits of <c>info</c> have no Expected any more; before, it repeated the ID.</summary>
internal sealed class ExpectedCommitsOmitted() : ApiChange(49)
{
    private static readonly string[] Commits = ["ContainerdCommit", "RuncCommit", "InitCommit"];

    public override bool Lowers(ApiRoute route) => route == ApiRoute.Info;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        foreach (var name in Commits)
        {
            if (answer[name] is JsonObject commit) commit["Expected"] = commit["ID"]?.DeepClone();
        }
    }
}
