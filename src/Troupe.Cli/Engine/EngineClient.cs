using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Troupe.Cli.Engine;

/// <summary>
/// The Docker Engine API over one address. The version is agreed on with the first request, as Docker's own client does: the
/// lower of ours and the engine's. One instance per run of the program.
/// </summary>
internal sealed class EngineClient : IDisposable
{
    /// <summary>The newest version that this client speaks.</summary>
    public static readonly Version Newest = new(1, 51);

    private readonly HttpClient _http;
    private string? _prefix;

    public EngineClient(EngineAddress address)
    {
        Address = address;
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) => await address.ConnectAsync(cancel),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        })
        {
            BaseAddress = new Uri("http://troupe"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("troupe", CliVersion.Text));
    }

    public EngineAddress Address { get; }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Since 1.42 the content type of attach and logs says whether they are framed; before, only the container's configuration does.
    /// </summary>
    public async Task<bool> SaysFramingAsync(CancellationToken cancel) =>
        System.Version.Parse((await PrefixAsync(cancel)).AsSpan(2)) >= new Version(1, 42);

    /// <summary>A path with the agreed version before it.</summary>
    public async Task<string> PathAsync(string path, CancellationToken cancel) => await PrefixAsync(cancel) + path;

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, content: null, cancel);
        return await ReadAsync(answer, type, cancel);
    }

    /// <summary>The body as it came, for <c>inspect</c>.</summary>
    public async Task<JsonDocument> GetDocumentAsync(string path, CancellationToken cancel)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, content: null, cancel);
        return await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancel), default, cancel);
    }

    public async Task<TOut> PostAsync<TIn, TOut>(
        string path, TIn body, JsonTypeInfo<TIn> bodyType, JsonTypeInfo<TOut> type, CancellationToken cancel)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyType));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await SendAsync(HttpMethod.Post, path, content, cancel);
        return await ReadAsync(answer, type, cancel);
    }

    public async Task<T> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var answer = await SendAsync(HttpMethod.Post, path, content: null, cancel);
        return await ReadAsync(answer, type, cancel);
    }

    public async Task PostAsync(string path, CancellationToken cancel) =>
        (await SendAsync(HttpMethod.Post, path, content: null, cancel)).Dispose();

    public async Task<T> DeleteAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var answer = await SendAsync(HttpMethod.Delete, path, content: null, cancel);
        return await ReadAsync(answer, type, cancel);
    }

    public async Task DeleteAsync(string path, CancellationToken cancel) =>
        (await SendAsync(HttpMethod.Delete, path, content: null, cancel)).Dispose();

    /// <summary>Answers as soon as the head has arrived; the body streams. Anything but 2xx is an <see cref="EngineException"/>.</summary>
    /// <exception cref="EngineException">The engine refused.</exception>
    /// <exception cref="CliException">The connection was lost.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, await PathAsync(path, cancel)) { Content = content };
        var answer = await SendAsync(request, cancel);
        if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.NotModified) return answer;
        using (answer) throw await RefusalAsync(answer, cancel);
    }

    /// <summary>Docker's error form: <c>{"message": "..."}</c>; anything else is shown as it is.</summary>
    public static EngineException Refusal(int status, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("message", out var message) && message.GetString() is { } text)
                return new EngineException(status, text);
        }
        catch (JsonException)
        {
            // Not ours to judge: some proxy's page, shown below.
        }

        var shown = Encoding.UTF8.GetString(body).Trim();
        return new EngineException(status, shown.Length > 0 ? shown : ((HttpStatusCode)status).ToString());
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(await answer.Content.ReadAsStreamAsync(cancel), type, cancel)
                ?? throw new CliException("the engine answered null");
        }
        catch (JsonException e)
        {
            throw new CliException($"the engine's answer can't be read: {e.Message}");
        }
        catch (HttpIOException e)
        {
            throw new CliException($"the connection to the engine was lost: {e.Message}");
        }
    }

    private static async Task<EngineException> RefusalAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var body = new byte[Limits.ErrorBodyBytes];
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancel);
        return Refusal((int)answer.StatusCode, body.AsSpan(0, length));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException e) when (e.InnerException is CliException inner)
        {
            throw inner;
        }
        catch (HttpRequestException e)
        {
            throw new CliException($"error during connect: {e.InnerException?.Message ?? e.Message}");
        }
    }

    private async Task<string> PrefixAsync(CancellationToken cancel)
    {
        if (_prefix is not null) return _prefix;
        using var request = new HttpRequestMessage(HttpMethod.Head, "/_ping");
        using var answer = await SendAsync(request, cancel);
        var theirs = answer.Headers.TryGetValues("Api-Version", out var values) && System.Version.TryParse(values.First(), out var said)
            ? said
            : Newest;
        var agreed = theirs < Newest ? theirs : Newest;
        return _prefix = string.Create(CultureInfo.InvariantCulture, $"/v{agreed}");
    }
}
