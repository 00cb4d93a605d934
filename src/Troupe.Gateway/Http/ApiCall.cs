using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Troupe.Api;
using Troupe.Api.Versions;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Gateway.Http;

/// <summary>One request on its way through a handler: what was asked, by whom, in which version, and the way to answer.</summary>
internal sealed class ApiCall(HttpContext http, GatewayParts parts, RouteMatch match, ApiVersion version, Cause cause)
{
    private const byte NewLine = (byte)'\n';
    private Query? _query;

    public HttpContext Http => http;

    public GatewayParts Parts => parts;

    public ApiRoute Route => match.Route;

    /// <summary>The container, image or network in the path.</summary>
    public string Name => match.Name;

    public ApiVersion Version => version;

    public Cause Cause => cause;

    /// <summary>Fires when the client is gone.</summary>
    public CancellationToken Gone => http.RequestAborted;

    public Query Query
    {
        get
        {
            if (_query is not null) return _query;
            _query = new Query(http.Request.Query);
            ApiChanges.LiftQuery(version, match.Route, _query.Values);
            return _query;
        }
    }

    public bool HasBody => http.Request.ContentLength is > 0 || http.Request.Headers.TransferEncoding.Count > 0;

    /// <summary>Asks the engine and returns its reply.</summary>
    /// <exception cref="ApiException">The engine refused.</exception>
    public async Task<T> AskAsync<T>(object message, TimeSpan timeout)
        where T : class =>
        await parts.Engine.AskAsync(message, timeout, Gone) switch
        {
            T reply => reply,
            CommandFailed failure => throw ApiException.From(failure),
            var other => throw new ApiException(ErrorCode.Internal, $"unexpected answer {other.GetType().Name} to {message.GetType().Name}"),
        };

    /// <summary>Which container the path means, and where it is.</summary>
    /// <exception cref="ApiException">None or several.</exception>
    public ContainerLocation Locate() => Locate(match.Name);

    public ContainerLocation Locate(string name)
    {
        try
        {
            return parts.Locator.Locate(name) ?? throw new ApiException(ErrorCode.NotFound, $"No such container: {name}");
        }
        catch (AmbiguousIdException e)
        {
            throw ApiException.Invalid(e.Message);
        }
    }

    /// <summary>The index's entry of a container that the locator knows.</summary>
    /// <exception cref="ApiException">It went away in between.</exception>
    public Protocol.Containers.ContainerView View(ContainerId id) =>
        parts.Index.Find(id) ?? throw new ApiException(ErrorCode.NotFound, $"No such container: {match.Name}");

    /// <summary>The JSON body in its 1.51 form.</summary>
    /// <exception cref="ApiException">Not JSON of this shape, not declared as JSON, or too long; in Docker's words.</exception>
    public async Task<T> ReadAsync<T>(JsonTypeInfo<T> type, ChangeFacts facts)
        where T : class
    {
        JsonBody.CheckContentType(http.Request);
        var bytes = await JsonBody.ReadAsync(http.Request, Gone);
        if (ApiChanges.LiftsBody(version, match.Route)) bytes = JsonBody.Lift(bytes, body => ApiChanges.LiftBody(version, match.Route, body, facts));
        return JsonBody.Parse(bytes, type);
    }

    /// <summary>Answers with a JSON body, lowered to the client's version.</summary>
    public Task WriteAsync<T>(int status, T body, JsonTypeInfo<T> type)
    {
        var bytes = ApiChanges.Lowers(version, match.Route) ? Lowered(body, type) : JsonSerializer.SerializeToUtf8Bytes(body, type);
        return WriteJsonAsync(http, status, bytes);
    }

    public Task EmptyAsync(int status)
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    /// <summary>Sends the head now: clients wait for it before they go on.</summary>
    public Task StartAsync(string contentType)
    {
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.ContentType = contentType;
        return http.Response.Body.FlushAsync(Gone);
    }

    /// <summary>One line of an NDJSON answer, sent at once.</summary>
    public async Task WriteLineAsync<T>(T line, JsonTypeInfo<T> type)
    {
        var output = http.Response.BodyWriter;
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = type.Options.Encoder, SkipValidation = true }))
        {
            JsonSerializer.Serialize(writer, line, type);
        }

        output.GetSpan(1)[0] = NewLine;
        output.Advance(1);
        await output.FlushAsync(Gone);
    }

    public static Task WriteJsonAsync(HttpContext http, int status, byte[] json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length + 1;
        if (HttpMethods.IsHead(http.Request.Method)) return Task.CompletedTask;
        var output = http.Response.BodyWriter;
        var span = output.GetSpan(json.Length + 1);
        json.CopyTo(span);
        span[json.Length] = NewLine;
        output.Advance(json.Length + 1);
        return output.FlushAsync(http.RequestAborted).AsTask();
    }

    private byte[] Lowered<T>(T body, JsonTypeInfo<T> type)
    {
        var node = JsonSerializer.SerializeToNode(body, type)!;
        ApiChanges.Lower(version, match.Route, node);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = type.Options.Encoder })) node.WriteTo(writer);
        return buffer.ToArray();
    }
}
