using Troupe.Api;
using Troupe.Gateway.Http;

namespace Troupe.Gateway.Node;

/// <summary><c>GET /events</c>: one JSON object per line, past ones first, until the client goes or <c>until</c> comes.</summary>
internal static class EventsEndpoint
{
    public static async Task EventsAsync(ApiCall call)
    {
        var since = call.Query.Instant("since");
        var until = call.Query.Instant("until");
        if (since > until)
        {
            throw ApiException.Invalid(
                $"`since` time ({call.Query.Text("since")}) cannot be after `until` time ({call.Query.Text("until")})");
        }

        var filters = Filters.Parse(call.Query.Text("filters"), EventMapping.KnownFilters);
        await call.StartAsync("application/json");
        await foreach (var e in call.Parts.Events.ReadAsync(since, until, call.Gone))
        {
            if (EventMapping.Matches(e, filters)) await call.WriteLineAsync(EventMapping.Message(e), ApiJson.Context.EventMessage);
        }
    }
}
