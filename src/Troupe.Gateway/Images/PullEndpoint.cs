using Troupe.Api;
using Troupe.Gateway.Http;
using Troupe.Protocol;
using Troupe.Protocol.Images;

namespace Troupe.Gateway.Images;

/// <summary>
/// <c>POST /images/create</c>: a pull, told line by line. An error before the first line is an HTTP error, a later one a line with
/// errorDetail. A client that goes does not end the pull.
/// </summary>
internal static class PullEndpoint
{
    public static async Task CreateAsync(ApiCall call)
    {
        var query = call.Query;
        if (query.Text("fromSrc").Length > 0) throw new ApiException(ErrorCode.Unimplemented, "importing an image from an archive is not built yet");
        var reference = Reference(query.Text("fromImage"), query.Text("tag"));
        var pull = new PullImage(
            call.Cause, reference, Platform(query.Text("platform")), RegistryAuthReader.Read(call.Http.Request.Headers["X-Registry-Auth"].ToString()));
        await foreach (var answer in call.Parts.Engine.StreamAsync(pull, call.Gone))
        {
            switch (answer)
            {
                case PullProgress progress:
                    call.Http.Response.ContentType ??= "application/json";
                    await call.WriteLineAsync(ProgressMapping.Line(progress), ApiJson.Context.ProgressMessage);
                    break;
                case PullCompleted:
                    return;
                case CommandFailed failure when !call.Http.Response.HasStarted:
                    throw ApiException.From(failure);
                case CommandFailed failure:
                    await call.WriteLineAsync(ProgressMapping.Error(failure.Message), ApiJson.Context.ProgressMessage);
                    return;
            }
        }

        call.Gone.ThrowIfCancellationRequested();
        throw new ApiException(ErrorCode.Unavailable, "the pull ended without a result");
    }

    /// <summary><c>busybox</c> and <c>1.36</c> or <c>sha256:...</c> become one reference; without a tag the name may carry one itself.</summary>
    public static string Reference(string image, string tag)
    {
        if (image.Length == 0) throw ApiException.Invalid("invalid reference format");
        if (tag.Length == 0) return image;
        return tag.Contains(':', StringComparison.Ordinal) ? $"{image}@{tag}" : $"{image}:{tag}";
    }

    private static PlatformSpec? Platform(string text)
    {
        if (text.Length == 0) return null;
        var parts = text.Split('/');
        return parts switch
        {
            [{ Length: > 0 } os] => new PlatformSpec(os, Node.HostFactsReader.GoArchitecture, ""),
            [{ Length: > 0 } os, { Length: > 0 } architecture] => new PlatformSpec(os, architecture, ""),
            [{ Length: > 0 } os, { Length: > 0 } architecture, { Length: > 0 } variant] => new PlatformSpec(os, architecture, variant),
            _ => throw ApiException.Invalid($"\"{text}\": invalid platform"),
        };
    }
}
