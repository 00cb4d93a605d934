using System.Text.Json;
using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.41: <c>images/json?filter=name</c> is gone; <c>filters={"reference":{"name":true}}</c> says the same.</summary>
internal sealed class ImageFilterRemoved() : ApiChange(41)
{
    public override void LiftQuery(ApiRoute route, IDictionary<string, string> query)
    {
        if (route != ApiRoute.ImageList || !query.Remove("filter", out var name) || name.Length == 0) return;
        var filters = new JsonObject();
        if (query.TryGetValue("filters", out var given) && given.Length > 0)
        {
            // What is not JSON is left alone: the reader of the filters refuses it in the right words.
            if (!TryParse(given, out var parsed)) return;
            filters = parsed;
        }

        if (filters["reference"] is not JsonObject references) filters["reference"] = references = [];
        references[name] = true;
        query["filters"] = filters.ToJsonString();
    }

    private static bool TryParse(string text, out JsonObject filters)
    {
        filters = [];
        try
        {
            if (JsonNode.Parse(text) is not JsonObject parsed) return false;
            filters = parsed;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
