using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.25: security options of <c>info</c> are <c>name=seccomp,profile=builtin</c>; before, only the name.</summary>
internal sealed class SecurityOptionsAsPairs() : ApiChange(25)
{
    private const string NameKey = "name=";

    public override bool Lowers(ApiRoute route) => route == ApiRoute.Info;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        if (answer["SecurityOptions"] is not JsonArray options) return;
        for (var i = 0; i < options.Count; i++)
        {
            var option = options[i]!.GetValue<string>().Split(',')[0];
            options[i] = option.StartsWith(NameKey, StringComparison.Ordinal) ? option[NameKey.Length..] : option;
        }

        answer["ExecutionDriver"] = "<not supported>";
    }
}
