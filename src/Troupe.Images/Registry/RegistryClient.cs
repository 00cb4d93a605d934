using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Distribution;

namespace Troupe.Images.Registry;

/// <summary>
/// One request to a registry: authorization, redirects (without the authorization when the host changes), deadlines, error texts.
/// OCI distribution-spec 1.1. Thread-safe; one per node.
/// </summary>
internal sealed class RegistryClient : IDisposable
{
    private readonly ImagesSettings _settings;
    private readonly HttpClient _verified;
    private readonly HttpClient _unverified;
    private readonly TokenClient _tokens;

    public RegistryClient(ImagesSettings settings)
    {
        _settings = settings;
        _verified = Client(settings, isVerified: true);
        _unverified = Client(settings, isVerified: false);
        _tokens = new TokenClient(settings.Time);
    }

    /// <summary>
    /// Sends a request below <c>/v2/&lt;repository&gt;/</c>. The answer is a success, or 416 for a range that the registry has not;
    /// everything else is a <see cref="RegistryException"/>. The body is not read yet.
    /// </summary>
    public async Task<HttpResponseMessage> SendAsync(
        RegistryEndpoint endpoint, ImageReference reference, RegistryAuth? auth, HttpMethod method, string path, Action<HttpRequestHeaders> headers,
        CancellationToken cancel)
    {
        var url = new Uri(endpoint.Base, $"/v2/{reference.Path}/{path}");
        var authorization = _tokens.Known(endpoint, reference, auth);
        var response = await FollowAsync(endpoint, method, url, headers, authorization, cancel).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            var challenges = Challenges(response);
            var answer = await GuardAsync(
                endpoint.Base, url, token => _tokens.AnswerAsync(Http(endpoint), endpoint, reference, challenges, auth, token), cancel)
                .ConfigureAwait(false);
            if (answer is not null)
            {
                response.Dispose();
                response = await FollowAsync(endpoint, method, url, headers, answer, cancel).ConfigureAwait(false);
            }
        }

        if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return response;
        using (response)
        {
            var failure = await FailureAsync(reference, method, url, response, cancel).ConfigureAwait(false);
            throw failure;
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(
        RegistryEndpoint endpoint, HttpMethod method, Uri url, Action<HttpRequestHeaders> headers, AuthenticationHeaderValue? authorization,
        CancellationToken cancel)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(method, url);
            headers(request.Headers);
            request.Headers.Authorization = authorization;
            var response = await GuardAsync(
                url, url, token => Http(endpoint).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancel).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location) return response;
            response.Dispose();
            var next = new Uri(url, location);
            CheckRedirect(endpoint, next, redirects);
            // Storage services sign their addresses; the registry's token is none of their business.
            if (next.Authority != url.Authority || next.Scheme != url.Scheme) authorization = null;
            url = next;
        }
    }

    private static void CheckRedirect(RegistryEndpoint endpoint, Uri next, int redirects)
    {
        if (redirects >= Limits.RedirectsMax)
            throw new RegistryException(RegistryFailure.Malformed, ErrorCode.Internal, $"stopped after {Limits.RedirectsMax} redirects");
        var isAllowed = next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && !endpoint.IsVerified);
        if (!isAllowed)
            throw new RegistryException(RegistryFailure.Malformed, ErrorCode.Internal, $"refused redirect to \"{next.GetLeftPart(UriPartial.Path)}\"");
    }

    /// <summary>Runs one exchange up to its headers under the stall deadline, and tells its failures in Docker's words.</summary>
    private async Task<T> GuardAsync<T>(Uri baseAddress, Uri url, Func<CancellationToken, Task<T>> exchange, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = _settings.Time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), deadline, _settings.TimeoutStall, Timeout.InfiniteTimeSpan);
        try
        {
            return await exchange(deadline.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw RegistryTexts.NoAnswer(baseAddress, e);
        }
        catch (IOException e)
        {
            throw RegistryTexts.CutOff(e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            // The handler's own connect timeout carries a TimeoutException; else it was our deadline.
            throw e.InnerException is TimeoutException && !deadline.IsCancellationRequested
                ? RegistryTexts.NoAnswer(baseAddress, e)
                : RegistryTexts.Stalled(url, e);
        }
    }

    private async Task<RegistryException> FailureAsync(
        ImageReference reference, HttpMethod method, Uri url, HttpResponseMessage response, CancellationToken cancel)
    {
        var body = await GuardAsync(
            url, url, token => BodyReader.ReadAsync(response.Content, Limits.AnswerBytesMax, token), cancel).ConfigureAwait(false);
        return RegistryTexts.Status(reference, method, url, response.StatusCode, body, RetryAfter(response));
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - _settings.Time.GetUtcNow() : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static List<AuthChallenge> Challenges(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var values) ? [.. values.SelectMany(AuthChallenge.ParseAll)] : [];

    private HttpClient Http(RegistryEndpoint endpoint) => endpoint.IsVerified ? _verified : _unverified;

    private static HttpClient Client(ImagesSettings settings, bool isVerified)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = settings.TimeoutConnect,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            // A layer is what its digest says, byte by byte: no transparent decompression.
            AutomaticDecompression = DecompressionMethods.None,
        };
        if (!isVerified)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                // Only for registries that the operator named insecure, and for loopback.
#pragma warning disable CA5359
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
            };
        }

        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("troupe/0.1");
        return client;
    }

    public void Dispose()
    {
        _verified.Dispose();
        _unverified.Dispose();
    }
}
