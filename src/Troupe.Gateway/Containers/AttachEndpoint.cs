using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Troupe.Gateway.Hosting;
using Troupe.Gateway.Http;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs.Streams;

namespace Troupe.Gateway.Containers;

/// <summary><c>POST /containers/{id}/attach</c>: the connection becomes the container's stdio (GATEWAY.md).</summary>
internal static class AttachEndpoint
{
    public static async Task AttachAsync(ApiCall call)
    {
        var query = call.Query;
        var place = call.Locate();
        var view = call.View(place.Id);
        var keys = DetachKeys.Parse(query.Text("detachKeys"));
        if (view.Status == ContainerStatus.Paused)
        {
            throw new ApiException(ErrorCode.Conflict, $"container {call.Name} is paused, unpause the container before attach");
        }

        // GATEWAY.md 2: HTTP must have read the body to its end. Without one, reading would already take the stream's bytes.
        if (call.HasBody) await JsonBody.ReadAsync(call.Http.Request, call.Gone);
        var isStream = query.Flag("stream");
        var options = new AttachOptions(
            Stdin: isStream && query.Flag("stdin") && view.Spec.OpenStdin, query.Flag("stdout"), query.Flag("stderr"), Replay: query.Flag("logs"));
        // Sent before the head, which the client waits for: so the event stands before that of a start. Its answer holds nobody up.
        var noted = call.Parts.Engine.AskAsync(new AttachContainer(place.Id, call.Cause), Limits.AskCommand, CancellationToken.None);
        var pipe = Hijack(call.Http, StreamFormat.ContentType(call.Version, view.Spec.Tty));
        if (isStream) await JoinAsync(call, place, view, options, keys, pipe);
        else await ReplayAsync(call, place, view, options, pipe);
        await noted;
    }

    private static async Task JoinAsync(
        ApiCall call, ContainerLocation place, ContainerView view, AttachOptions options, DetachKeys keys, IDuplexPipe pipe)
    {
        await using var attached = await call.Parts.Channel.Streams(place.NodeId).AttachAsync(place.Id, options, CancellationToken.None);
        using var session = new HijackedSession(call.Http, pipe, attached, view.Spec.Tty, options, view.Spec.Tty ? keys : null, call.Parts.Time);
        await session.RunAsync();
    }

    /// <summary>Takes the connection and puts the head into its output. From here on there is no HTTP on it.</summary>
    private static IDuplexPipe Hijack(HttpContext http, string contentType)
    {
        var wantsUpgrade = http.Request.Headers.Upgrade.Count > 0;
        var head = new StringBuilder(wantsUpgrade ? "HTTP/1.1 101 UPGRADED\r\n" : "HTTP/1.1 200 OK\r\n");
        head.Append("Content-Type: ").Append(contentType).Append("\r\n");
        if (wantsUpgrade) head.Append("Connection: Upgrade\r\nUpgrade: tcp\r\n");
        foreach (var name in new[] { "Api-Version", "Docker-Experimental", "Ostype", "Server" })
        {
            head.Append(name).Append(": ").Append(http.Response.Headers[name].ToString()).Append("\r\n");
        }

        head.Append("\r\n");
        http.Response.Headers.Connection = "close";
        var pipe = http.Features.Get<IHijackFeature>()!.Hijack();
        System.Buffers.BuffersExtensions.Write(pipe.Output, Encoding.ASCII.GetBytes(head.ToString()));
        return pipe;
    }

    // Without stream the client wants what was written so far, from the log, and the end.
    private static async Task ReplayAsync(
        ApiCall call, ContainerLocation place, ContainerView view, AttachOptions options, IDuplexPipe pipe)
    {
        try
        {
            if (options.Replay && view.Spec.Host.LogDriver != "none")
            {
                var wanted = new LogOptions(options.Stdout, options.Stderr, Follow: false, Tail: null, Since: null, Until: null);
                await foreach (var record in call.Parts.Channel.Logs(place.NodeId).ReadAsync(place.Id, wanted, CancellationToken.None))
                {
                    StreamFormat.Write(pipe.Output, record.Stream, record.Data.Span, view.Spec.Tty);
                    if ((await pipe.Output.FlushAsync()).IsCompleted) return;
                }
            }

            await pipe.Output.FlushAsync();
        }
        finally
        {
            await pipe.Output.CompleteAsync();
        }
    }
}
