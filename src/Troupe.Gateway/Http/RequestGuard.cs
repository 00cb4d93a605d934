using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Troupe.Gateway.Http;

/// <summary>
/// Keeps web pages out (SECURITY.md 9). A page whose name was made to point to loopback (DNS rebinding) sends its own name as Host; a page
/// that posts across origins sends an Origin. Docker's clients send neither.
/// </summary>
internal static class RequestGuard
{
    private const string LocalSuffix = ".localhost";

    /// <exception cref="RequestRefusedException">Sent by a page.</exception>
    public static void Check(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (headers.Origin.Count > 0 && !IsLocalOrigin(headers.Origin.ToString())) throw Refused("origin not allowed");
        if (headers.TryGetValue("Sec-Fetch-Site", out var site) && site.ToString() is "cross-site" or "same-site") throw Refused("origin not allowed");
        if (!IsUnix(http) && !IsLocalHost(http.Request.Host.Host)) throw Refused($"host \"{http.Request.Host.Host}\" not allowed");
    }

    public static bool IsLocalHost(string host)
    {
        if (host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return true;
        if (host.EndsWith(LocalSuffix, StringComparison.OrdinalIgnoreCase)) return true;
        return IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);
    }

    private static bool IsLocalOrigin(string origin) => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsLocalHost(uri.Host);

    // Over a unix socket the Host is a dummy of the client's choice, and no page can open one.
    private static bool IsUnix(HttpContext http) =>
        http.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily == AddressFamily.Unix;

    private static RequestRefusedException Refused(string why) => new(StatusCodes.Status403Forbidden, why);
}
