using System.Globalization;
using System.Text;
using Troupe.Api.Json;
using Troupe.Gateway.Http;
using Troupe.Protocol;
using Troupe.Specs.Streams;

namespace Troupe.Gateway.Containers;

/// <summary><c>GET /containers/{id}/logs</c>.</summary>
internal static class LogsEndpoint
{
    public static async Task LogsAsync(ApiCall call)
    {
        var query = call.Query;
        var place = call.Locate();
        var view = call.View(place.Id);
        var options = new LogOptions(
            query.Flag("stdout"), query.Flag("stderr"), query.Flag("follow"), Tail(query.Text("tail")), query.Instant("since"), Until(query));
        if (!options.Stdout && !options.Stderr) throw ApiException.Invalid("Bad parameters: you must choose at least one stream");
        if (view.Spec.Host.LogDriver == "none")
        {
            throw new ApiException(ErrorCode.Unimplemented, "configured logging driver does not support reading");
        }

        await call.StartAsync(StreamFormat.ContentType(call.Version, view.Spec.Tty));
        var output = call.Http.Response.BodyWriter;
        var isStamped = query.Flag("timestamps");
        await foreach (var record in call.Parts.Channel.Logs(place.NodeId).ReadAsync(place.Id, options, call.Gone))
        {
            var stamp = isStamped ? Encoding.ASCII.GetBytes(GoTime.FormatFixed(record.Time) + " ") : [];
            if (!view.Spec.Tty) StreamFormat.WriteHeader(output, record.Stream, stamp.Length + record.Data.Length);
            System.Buffers.BuffersExtensions.Write(output, stamp);
            System.Buffers.BuffersExtensions.Write(output, record.Data.Span);
            if ((await output.FlushAsync(call.Gone)).IsCompleted) return;
        }
    }

    // Docker's clients send 0 for "no end" here, and mean 1970 by it nowhere else.
    private static DateTimeOffset? Until(Query query) => query.Text("until") == "0" ? null : query.Instant("until");

    // Docker takes what is not a number for "all".
    private static int? Tail(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var lines) ? lines : null;
}
