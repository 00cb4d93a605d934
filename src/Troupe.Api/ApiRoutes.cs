using System.Buffers;

namespace Troupe.Api;

/// <summary>The operations of the Engine API that this version serves.</summary>
public enum ApiRoute
{
    Ping,
    Version,
    Info,
    Events,
    ContainerCreate,
    ContainerList,
    ContainerInspect,
    ContainerStart,
    ContainerStop,
    ContainerKill,
    ContainerWait,
    ContainerAttach,
    ContainerResize,
    ContainerLogs,
    ContainerDelete,
    ImageCreate,
    ImageList,
    ImageInspect,
    ImageDelete,
    NetworkList,
    NetworkInspect,
}

/// <summary>A request's path taken apart. <paramref name="Name"/> is the container, image or network, empty where the route has none.</summary>
/// <param name="VersionText">As sent, without the <c>v</c>; null without a prefix.</param>
public readonly record struct RouteMatch(ApiRoute Route, string Name, string? VersionText);

/// <summary>The routing table: Docker's paths, each with an optional <c>/v1.45</c> before it.</summary>
public static class ApiRoutes
{
    private static readonly SearchValues<char> VersionCharacters = SearchValues.Create("0123456789.");

    private const string NamePlace = "{name}";

    // A name of an image may have slashes: such a place takes all that the parts around it leave over.
    private const string LongNamePlace = "{name:.*}";

    private static readonly (string Method, string Template, ApiRoute Route)[] Table =
    [
        ("GET", "/_ping", ApiRoute.Ping),
        ("HEAD", "/_ping", ApiRoute.Ping),
        ("GET", "/version", ApiRoute.Version),
        ("GET", "/info", ApiRoute.Info),
        ("GET", "/events", ApiRoute.Events),
        ("POST", "/containers/create", ApiRoute.ContainerCreate),
        ("GET", "/containers/json", ApiRoute.ContainerList),
        ("GET", "/containers/{name}/json", ApiRoute.ContainerInspect),
        ("POST", "/containers/{name}/start", ApiRoute.ContainerStart),
        ("POST", "/containers/{name}/stop", ApiRoute.ContainerStop),
        ("POST", "/containers/{name}/kill", ApiRoute.ContainerKill),
        ("POST", "/containers/{name}/wait", ApiRoute.ContainerWait),
        ("POST", "/containers/{name}/attach", ApiRoute.ContainerAttach),
        ("POST", "/containers/{name}/resize", ApiRoute.ContainerResize),
        ("GET", "/containers/{name}/logs", ApiRoute.ContainerLogs),
        ("DELETE", "/containers/{name}", ApiRoute.ContainerDelete),
        ("POST", "/images/create", ApiRoute.ImageCreate),
        ("GET", "/images/json", ApiRoute.ImageList),
        ("GET", "/images/{name:.*}/json", ApiRoute.ImageInspect),
        ("DELETE", "/images/{name:.*}", ApiRoute.ImageDelete),
        ("GET", "/networks", ApiRoute.NetworkList),
        ("GET", "/networks/{name}", ApiRoute.NetworkInspect),
    ];

    /// <summary>Finds the operation; null when there is none. The path is decoded already. A name is never empty.</summary>
    public static RouteMatch? Match(string method, string path)
    {
        var version = TakeVersion(ref path);
        foreach (var (routeMethod, template, route) in Table)
        {
            if (routeMethod == method && TryMatch(template, path, out var name)) return new RouteMatch(route, name, version);
        }

        return null;
    }

    /// <summary>The method and path as shown in a cause: <c>POST /containers/{name}/start</c>.</summary>
    public static string Describe(ApiRoute route)
    {
        var (method, template, _) = Table.First(entry => entry.Route == route);
        return $"{method} {template.Replace(LongNamePlace, NamePlace, StringComparison.Ordinal)}";
    }

    // Docker's prefix is /v[0-9.]+/; what has other characters in it is an ordinary, unknown path.
    private static string? TakeVersion(ref string path)
    {
        if (path.Length < 3 || !path.StartsWith("/v", StringComparison.Ordinal)) return null;
        var end = path.IndexOf('/', 2);
        if (end < 3) return null;
        var text = path[2..end];
        if (text.AsSpan().ContainsAnyExcept(VersionCharacters)) return null;
        path = path[end..];
        return text;
    }

    private static bool TryMatch(string template, string path, out string name)
    {
        name = "";
        var place = template.IndexOf('{');
        if (place < 0) return template == path;
        var isLong = template.AsSpan(place).StartsWith(LongNamePlace);
        var before = template.AsSpan(0, place);
        var after = template.AsSpan(place + (isLong ? LongNamePlace : NamePlace).Length);
        if (path.Length <= before.Length + after.Length) return false;
        if (!path.AsSpan().StartsWith(before, StringComparison.Ordinal) || !path.AsSpan().EndsWith(after, StringComparison.Ordinal)) return false;
        name = path[before.Length..(path.Length - after.Length)];
        return isLong || !name.Contains('/');
    }
}
