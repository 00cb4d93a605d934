using Troupe.Api;
using Troupe.Api.Json;
using Troupe.Gateway.Http;
using Troupe.Protocol;

namespace Troupe.Gateway.Node;

/// <summary>The engine's events as <c>docker events</c> shows them, and which of them a client asked for. Pure.</summary>
internal static class EventMapping
{
    public static readonly string[] KnownFilters =
    [
        "config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "secret", "service", "type", "volume",
    ];

    private const string Scope = "local";

    public static EventMessage Message(EngineEvent e)
    {
        // Docker still repeats these three for containers and images up to API 1.51.
        var isOldKind = e.Type is "container" or "image";
        return new EventMessage
        {
            Status = isOldKind ? e.Action : null,
            Id = isOldKind ? e.ActorId : null,
            From = e.Type == "container" ? e.Attributes.GetValueOrDefault("image") : null,
            Type = e.Type,
            Action = e.Action,
            Actor = new EventActor
            {
                Id = e.ActorId,
                Attributes = e.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal).ToDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal),
            },
            Scope = Scope,
            Time = e.At.ToUnixTimeSeconds(),
            TimeNano = GoTime.UnixNanoseconds(e.At),
        };
    }

    public static bool Matches(EngineEvent e, Filters filters) =>
        filters.MatchesExactly("type", e.Type)
        && MatchesAction(e, filters)
        && filters.MatchesExactly("scope", Scope)
        && MatchesActor(e, filters, "container")
        && MatchesActor(e, filters, "network")
        && MatchesImage(e, filters)
        && MatchesNode(e, filters)
        && filters.MatchesLabels("label", e.Attributes)
        && !Unserved.Any(filters.Has);

    // Kinds of events that this engine never sends.
    private static readonly string[] Unserved = ["config", "daemon", "plugin", "secret", "service", "volume"];

    // "exec_create: sh" is found by "exec_create".
    private static bool MatchesAction(EngineEvent e, Filters filters) =>
        filters.MatchesExactly("event", e.Action) || filters.MatchesExactly("event", e.Action.Split(':')[0]);

    private static bool MatchesActor(EngineEvent e, Filters filters, string type) =>
        !filters.Has(type) || (e.Type == type && filters.Values(type).Any(wanted => IsActor(e, wanted)));

    private static bool IsActor(EngineEvent e, string wanted) => wanted.Length > 0
        && (e.ActorId.StartsWith(wanted, StringComparison.Ordinal) || e.Attributes.GetValueOrDefault("name") == wanted.TrimStart('/'));

    private static bool MatchesImage(EngineEvent e, Filters filters)
    {
        if (!filters.Has("image")) return true;
        if (e.Type == "image") return filters.Values("image").Any(wanted => IsImage(e.ActorId, wanted) || IsImage(e.Attributes.GetValueOrDefault("name"), wanted));
        return e.Type == "container" && filters.Values("image").Any(wanted => IsImage(e.Attributes.GetValueOrDefault("image"), wanted));
    }

    // With or without the tag, as Docker strips it before comparing.
    private static bool IsImage(string? name, string wanted) => name is not null && (name == wanted || WithoutTag(name) == wanted);

    private static string WithoutTag(string name)
    {
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[..colon] : name;
    }

    private static bool MatchesNode(EngineEvent e, Filters filters) => filters.MatchesExactly("node", e.NodeId);
}
