using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Troupe.Api;
using Troupe.Gateway.Containers;
using Troupe.Gateway.Hosting;
using Troupe.Gateway.Images;
using Troupe.Gateway.Networks;
using Troupe.Gateway.Node;
using Troupe.Protocol;

namespace Troupe.Gateway.Http;

/// <summary>Every request comes through here: headers, guard, version, route, handler, and whatever went wrong as Docker says it.</summary>
internal sealed class GatewayApplication(GatewayParts parts, ILogger log)
{
    private readonly string _server = $"Troupe/{parts.Node.Describe().Version} (linux)";

    public async Task HandleAsync(HttpContext http)
    {
        AddHeaders(http.Response.Headers);
        try
        {
            RequestGuard.Check(http);
            await DispatchAsync(http);
        }
        catch (ApiException e)
        {
            await RefuseAsync(http, ErrorMapping.Status(e.Code), e.Message);
        }
        catch (RequestRefusedException e)
        {
            await RefuseAsync(http, e.Status, e.Message);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: there is nobody to tell.
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(http, e.StatusCode, e.Message);
        }
        catch (ObjectDisposedException)
        {
            await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, "the node is stopping");
        }
#pragma warning disable CA1031 // The edge of the process: one request's defect must not end the connection without an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.LogError(e, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
            await RefuseAsync(http, StatusCodes.Status500InternalServerError, "internal error: see the node's log");
        }
    }

    private void AddHeaders(IHeaderDictionary headers)
    {
        headers["Api-Version"] = ApiVersion.Newest.ToString();
        headers["Docker-Experimental"] = "false";
        headers["Ostype"] = "linux";
        headers.Server = _server;
    }

    private Task DispatchAsync(HttpContext http)
    {
        // Kestrel decodes all but %2F, which in an image's name is a slash like any other.
        var path = (http.Request.Path.Value ?? "/").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        if (ApiRoutes.Match(http.Request.Method, path) is not { } match) throw new ApiException(ErrorCode.NotFound, "page not found");
        var version = Version(match.VersionText);
        var cause = new Cause(
            Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture), PeerCredentials.Principal(http.Features), ApiRoutes.Describe(match.Route));
        var call = new ApiCall(http, parts, match, version, cause);
        return match.Route switch
        {
            ApiRoute.Ping => NodeEndpoints.PingAsync(call),
            ApiRoute.Version => NodeEndpoints.VersionAsync(call),
            ApiRoute.Info => NodeEndpoints.InfoAsync(call),
            ApiRoute.Events => EventsEndpoint.EventsAsync(call),
            ApiRoute.ContainerCreate => ContainerEndpoints.CreateAsync(call),
            ApiRoute.ContainerList => ContainerEndpoints.ListAsync(call),
            ApiRoute.ContainerInspect => ContainerEndpoints.InspectAsync(call),
            ApiRoute.ContainerStart => ContainerEndpoints.StartAsync(call),
            ApiRoute.ContainerStop => ContainerEndpoints.StopAsync(call),
            ApiRoute.ContainerKill => ContainerEndpoints.KillAsync(call),
            ApiRoute.ContainerWait => WaitEndpoint.WaitAsync(call),
            ApiRoute.ContainerAttach => AttachEndpoint.AttachAsync(call),
            ApiRoute.ContainerResize => ContainerEndpoints.ResizeAsync(call),
            ApiRoute.ContainerLogs => LogsEndpoint.LogsAsync(call),
            ApiRoute.ContainerDelete => ContainerEndpoints.DeleteAsync(call),
            ApiRoute.ImageCreate => PullEndpoint.CreateAsync(call),
            ApiRoute.ImageList => ImageEndpoints.ListAsync(call),
            ApiRoute.ImageInspect => ImageEndpoints.InspectAsync(call),
            ApiRoute.ImageDelete => ImageEndpoints.DeleteAsync(call),
            ApiRoute.NetworkList => NetworkEndpoints.ListAsync(call),
            ApiRoute.NetworkInspect => NetworkEndpoints.InspectAsync(call),
            _ => throw new ApiException(ErrorCode.NotFound, "page not found"),
        };
    }

    private static ApiVersion Version(string? text)
    {
        if (text is null) return ApiVersion.Newest;
        if (!ApiVersion.TryParse(text, out var version)) throw new ApiException(ErrorCode.NotFound, "page not found");
        if (version < ApiVersion.Oldest)
        {
            throw ApiException.Invalid(
                $"client version {text} is too old. Minimum supported API version is {ApiVersion.Oldest}, "
                + "please upgrade your client to a newer version");
        }

        if (version > ApiVersion.Newest)
        {
            throw ApiException.Invalid($"client version {text} is too new. Maximum supported API version is {ApiVersion.Newest}");
        }

        return version;
    }

    private async Task RefuseAsync(HttpContext http, int status, string message)
    {
        // A started answer can't be taken back; cutting the connection tells the client that it is not whole.
        if (http.Response.HasStarted)
        {
            log.LogWarning("{Method} {Path} broke off: {Message}", http.Request.Method, http.Request.Path, message);
            http.Abort();
            return;
        }

        try
        {
            http.Response.Headers.ContentType = default;
            http.Response.ContentLength = null;
            if (!ErrorMapping.HasBody(status))
            {
                http.Response.StatusCode = status;
                return;
            }

            var body = JsonSerializer.SerializeToUtf8Bytes(new ErrorResponse { Message = message }, ApiJson.Context.ErrorResponse);
            await ApiCall.WriteJsonAsync(http, status, body);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client is gone: there is nobody to tell.
        }
    }
}
