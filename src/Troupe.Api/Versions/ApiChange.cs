using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>What a transform may depend on besides the body.</summary>
/// <param name="IsCgroupV2">The host has the unified hierarchy only.</param>
public sealed record ChangeFacts(bool IsCgroupV2);

/// <summary>
/// One change of the API. A client older than <see cref="Since"/> speaks the form before it: its request is lifted to the form
/// after it, the answer is lowered to the form before it. Pure: the body in, the body out.
/// </summary>
public abstract class ApiChange(int minor)
{
    /// <summary>The first version with the new form.</summary>
    public ApiVersion Since { get; } = new(1, minor);

    /// <summary>Rewrites the query parameters of an older client's request in place.</summary>
    public virtual void LiftQuery(ApiRoute route, IDictionary<string, string> query) { }

    /// <summary>Rewrites an older client's request body in place.</summary>
    public virtual void LiftBody(ApiRoute route, JsonObject body, ChangeFacts facts) { }

    /// <summary>Rewrites an answer for an older client in place.</summary>
    public virtual void Lower(ApiRoute route, JsonNode answer) { }

    /// <summary>True when this change has anything to do with answers of the route, so that others need not be parsed again.</summary>
    public virtual bool Lowers(ApiRoute route) => false;

    /// <summary>True when this change has anything to do with request bodies of the route.</summary>
    public virtual bool Lifts(ApiRoute route) => false;

    /// <summary>The member with this name in any case, as Go finds it; null when there is none.</summary>
    protected static string? KeyOf(JsonObject body, string name)
    {
        foreach (var (key, _) in body)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase)) return key;
        }

        return null;
    }

    protected static JsonObject? ObjectOf(JsonObject body, string name) => KeyOf(body, name) is { } key ? body[key] as JsonObject : null;

    /// <summary>The member as an object, made when it is missing or null; null when it is something else, which the reader refuses.</summary>
    protected static JsonObject? ObjectOrNew(JsonObject body, string name)
    {
        var key = KeyOf(body, name) ?? name;
        return (body[key] ??= new JsonObject()) as JsonObject;
    }

    /// <summary>True when the member is missing, null or the empty string.</summary>
    protected static bool IsEmpty(JsonObject body, string name) =>
        KeyOf(body, name) is not { } key || body[key] is not { } value
        || (value is JsonValue text && text.TryGetValue<string>(out var content) && content.Length == 0);

    /// <summary>Sets a member under whatever case it already has.</summary>
    protected static void Set(JsonObject body, string name, JsonNode? value) => body[KeyOf(body, name) ?? name] = value;

    protected static void Remove(JsonObject body, string name)
    {
        while (KeyOf(body, name) is { } key) body.Remove(key);
    }
}
