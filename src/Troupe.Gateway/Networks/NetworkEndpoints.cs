using Microsoft.AspNetCore.Http;
using Troupe.Api;
using Troupe.Api.Networks;
using Troupe.Gateway.Http;
using Troupe.Protocol;
using Troupe.Protocol.Networks;

namespace Troupe.Gateway.Networks;

/// <summary>Requests about networks.</summary>
internal static class NetworkEndpoints
{
    private static readonly string[] KnownFilters = ["dangling", "driver", "id", "label", "name", "scope", "type"];
    private static readonly string[] BuiltIn = ["bridge", "host", "none"];
    private static readonly ApiVersion WithoutContainersInLists = new(1, 28);

    public static async Task ListAsync(ApiCall call)
    {
        var filters = Filters.Parse(call.Query.Text("filters"), KnownFilters);
        var networks = await AllAsync(call);
        var isDetailed = call.Version < WithoutContainersInLists;
        NetworkInspect[] found = [.. networks.Where(n => Matches(n, filters, call)).Select(n => NetworkMapping.Inspect(n, call.Parts.Index.All, isDetailed))];
        await call.WriteAsync(StatusCodes.Status200OK, found, ApiJson.Context.NetworkInspectArray);
    }

    public static async Task InspectAsync(ApiCall call)
    {
        var network = Find(await AllAsync(call), call.Name);
        await call.WriteAsync(StatusCodes.Status200OK, NetworkMapping.Inspect(network, call.Parts.Index.All, isDetailed: true), ApiJson.Context.NetworkInspect);
    }

    /// <summary>By id, then by name, then by a prefix of an id.</summary>
    /// <exception cref="ApiException">None or several.</exception>
    public static NetworkView Find(NetworkView[] networks, string name)
    {
        if (networks.FirstOrDefault(n => n.Definition.Id == name) is { } byId) return byId;
        if (networks.FirstOrDefault(n => n.Definition.Name == name) is { } byName) return byName;
        var byPrefix = networks.Where(n => n.Definition.Id.StartsWith(name, StringComparison.Ordinal)).ToArray();
        return byPrefix.Length switch
        {
            0 => throw new ApiException(ErrorCode.NotFound, $"network {name} not found"),
            1 => byPrefix[0],
            _ => throw ApiException.Invalid($"network {name} is ambiguous ({byPrefix.Length} matches found based on ID prefix)"),
        };
    }

    private static async Task<NetworkView[]> AllAsync(ApiCall call) =>
        (await call.AskAsync<NetworkList>(new ListNetworks(), Limits.AskQuery)).Networks;

    private static bool Matches(NetworkView network, Filters filters, ApiCall call)
    {
        var definition = network.Definition;
        var isBuiltIn = BuiltIn.Contains(definition.Name);
        return filters.MatchesPattern("name", definition.Name)
            && filters.MatchesPattern("id", definition.Id)
            && filters.MatchesExactly("driver", NetworkMapping.Inspect(network, [], isDetailed: false).Driver)
            && filters.MatchesExactly("scope", "local")
            && filters.MatchesExactly("type", isBuiltIn ? "builtin" : "custom")
            && filters.MatchesLabels("label", definition.Labels)
            && (filters.Flag("dangling") is not { } isDangling
                || isDangling == (!isBuiltIn && !call.Parts.Index.All.Any(c => c.Endpoints.Any(e => e.NetworkId == definition.Id))));
    }
}
