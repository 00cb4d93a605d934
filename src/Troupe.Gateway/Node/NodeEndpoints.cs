using Microsoft.AspNetCore.Http;
using Troupe.Api;
using Troupe.Gateway.Http;
using Troupe.Protocol.Images;

namespace Troupe.Gateway.Node;

/// <summary>Requests about the engine itself.</summary>
internal static class NodeEndpoints
{
    private static readonly byte[] Ok = "OK"u8.ToArray();

    public static async Task PingAsync(ApiCall call)
    {
        var response = call.Http.Response;
        response.Headers.CacheControl = "no-cache, no-store, must-revalidate";
        response.Headers.Pragma = "no-cache";

        // 1: the classic builder. Clients take 2 for "there is BuildKit behind /grpc".
        response.Headers["Builder-Version"] = "1";
        response.Headers["Swarm"] = "inactive";
        response.ContentType = "text/plain; charset=utf-8";
        if (HttpMethods.IsHead(call.Http.Request.Method))
        {
            response.ContentLength = 0;
            return;
        }

        response.ContentLength = Ok.Length;
        await response.Body.WriteAsync(Ok, call.Gone);
    }

    public static Task VersionAsync(ApiCall call) => call.WriteAsync(
        StatusCodes.Status200OK, NodeMapping.Version(call.Parts.Node.Describe()), ApiJson.Context.VersionResponse);

    public static async Task InfoAsync(ApiCall call)
    {
        // While the actor system is away the node still says what it is; it just can't count images.
        var images = await call.Parts.Engine.AskAsync(new ListImages(), Limits.AskQuery, call.Gone) is ImageList list ? list.Images.Length : 0;
        var info = NodeMapping.Info(
            call.Parts.Node.Describe(), call.Parts.Index.All, images, call.Parts.Node.IsReady, call.Parts.Time.GetUtcNow());
        await call.WriteAsync(StatusCodes.Status200OK, info, ApiJson.Context.InfoResponse);
    }
}
