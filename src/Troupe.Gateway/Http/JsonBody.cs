using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Troupe.Gateway.Http;

/// <summary>Reads a request's JSON body: capped, with a deadline, and refused in Docker's words.</summary>
internal static class JsonBody
{
    private const string Json = "application/json";
    private const int PieceSize = 16 * 1024;

    /// <summary>The type must be declared, as Docker demands it; also what keeps a web page's plain form from posting here.</summary>
    /// <exception cref="ApiException">Something else was declared, or nothing for a body.</exception>
    public static void CheckContentType(HttpRequest request)
    {
        var declared = request.Headers.ContentType.ToString();
        if (declared.Length == 0 && request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0) return;
        if (!MediaTypeHeaderValue.TryParse(declared, out var type))
        {
            throw ApiException.Invalid($"malformed Content-Type header ({declared}): mime: no media type");
        }

        if (!type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
        {
            throw ApiException.Invalid($"unsupported Content-Type header ({declared}): must be '{Json}'");
        }
    }

    /// <exception cref="ApiException">Too long, too slow, or cut off.</exception>
    public static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken gone)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(gone);
        limit.CancelAfter(Limits.RequestBody);
        using var buffer = new MemoryStream();
        var isTooLarge = false;
        try
        {
            var piece = new byte[PieceSize];
            for (int count; (count = await request.Body.ReadAsync(piece, limit.Token)) > 0;)
            {
                isTooLarge |= buffer.Length + count > Limits.BodySizeBytesMax;
                if (!isTooLarge) buffer.Write(piece, 0, count);
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            isTooLarge = true;
        }
        catch (BadHttpRequestException e)
        {
            throw ApiException.Invalid($"invalid request body: {e.Message}");
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            throw new RequestRefusedException(StatusCodes.Status408RequestTimeout, "the request body did not arrive in time");
        }

        return isTooLarge
            ? throw new RequestRefusedException(
                StatusCodes.Status413PayloadTooLarge, $"request body too large: at most {Limits.BodySizeBytesMax} bytes are taken")
            : buffer.ToArray();
    }

    /// <summary>Rewrites an older client's body. What is not a JSON object is left for <see cref="Parse{T}"/> to refuse.</summary>
    public static byte[] Lift(byte[] body, Action<JsonObject> lift)
    {
        try
        {
            if (JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { MaxDepth = Troupe.Api.Limits.JsonDepthMax }) is not JsonObject parsed) return body;
            lift(parsed);
            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer)) parsed.WriteTo(writer);
            return buffer.ToArray();
        }
        catch (JsonException)
        {
            return body;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair in a name: the reader below refuses it in its own words.
            return body;
        }
        catch (ArgumentException)
        {
            // A name that occurs twice: the node model refuses it, the object reader takes the last one, as Go does.
            return body;
        }
    }

    /// <exception cref="ApiException">Not JSON, or not of this shape.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (body.TrimStart(" \t\r\n"u8).IsEmpty) throw ApiException.Invalid("invalid JSON: got EOF while reading request body");
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Troupe.Api.Limits.JsonDepthMax });
            var value = JsonSerializer.Deserialize(ref reader, type);
            if (!body[(int)reader.BytesConsumed..].TrimStart(" \t\r\n"u8).IsEmpty) throw ApiException.Invalid("unexpected content after JSON");
            return value ?? throw ApiException.Invalid("invalid JSON: got null while reading request body");
        }
        catch (JsonException e)
        {
            throw ApiException.Invalid($"invalid JSON: {Explain(e)}");
        }
        catch (InvalidOperationException e)
        {
            // The Go-like converters read a number where a string stands.
            throw ApiException.Invalid($"invalid JSON: {e.Message}");
        }
        catch (FormatException e)
        {
            throw ApiException.Invalid($"invalid JSON: {e.Message}");
        }
    }

    // The path tells the member; .NET's own text names CLR types, which say nothing to the one who asked.
    private static string Explain(JsonException e) => e.Path is { Length: > 1 } path
        ? $"wrong value at {path} (line {e.LineNumber}, byte {e.BytePositionInLine})"
        : $"malformed at line {e.LineNumber}, byte {e.BytePositionInLine}";
}

/// <summary>A refusal with a status of its own, of HTTP rather than of the engine.</summary>
internal sealed class RequestRefusedException(int status, string message) : Exception(message)
{
    public int Status => status;
}
