using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Distribution;

namespace Troupe.Images.Registry;

/// <summary>
/// Answers a registry's challenge: Basic, or Bearer with a token from the named server (distribution, "Token Authentication" by GET, "OAuth2
/// Token" by POST for identity tokens). Tokens are kept until shortly before they end. Thread-safe.
/// </summary>
internal sealed class TokenClient(TimeProvider time)
{
    private const string ClientId = "troupe";

    /// <summary>A token that ends within this is not used: the request may take that long.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Until)> _tokens = new(StringComparer.Ordinal);

    /// <summary>What is known for this repository and user without asking, or null.</summary>
    public AuthenticationHeaderValue? Known(RegistryEndpoint endpoint, ImageReference reference, RegistryAuth? auth)
    {
        if (!endpoint.IsMirror && !string.IsNullOrEmpty(auth?.RegistryToken)) return new AuthenticationHeaderValue("Bearer", auth.RegistryToken);
        return _tokens.TryGetValue(KeyOf(endpoint, reference, auth), out var cached) && cached.Until - Margin > time.GetUtcNow()
            ? new AuthenticationHeaderValue("Bearer", cached.Token)
            : null;
    }

    /// <summary>The header that answers the challenges, or null when none can be answered.</summary>
    /// <param name="http">The client for the endpoint's own security.</param>
    public async Task<AuthenticationHeaderValue?> AnswerAsync(
        HttpClient http, RegistryEndpoint endpoint, ImageReference reference, IReadOnlyList<AuthChallenge> challenges, RegistryAuth? auth,
        CancellationToken cancel)
    {
        var credentials = endpoint.IsMirror ? null : auth;
        foreach (var challenge in challenges)
        {
            if (challenge.Scheme == "bearer" && Realm(endpoint, challenge) is { } realm)
            {
                var token = await FetchAsync(http, realm, challenge, reference, credentials, cancel).ConfigureAwait(false);
                Keep(KeyOf(endpoint, reference, auth), token);
                return new AuthenticationHeaderValue("Bearer", token.Token ?? token.AccessToken);
            }

            if (challenge.Scheme == "basic" && Basic(credentials) is { } basic) return basic;
        }

        return null;
    }

    private static Uri? Realm(RegistryEndpoint endpoint, AuthChallenge challenge)
    {
        if (!Uri.TryCreate(challenge["realm"], UriKind.Absolute, out var realm)) return null;
        // A verified registry must not send credentials over a plain connection.
        return realm.Scheme == Uri.UriSchemeHttps || (realm.Scheme == Uri.UriSchemeHttp && !endpoint.IsVerified) ? realm : null;
    }

    private static async Task<TokenResponse> FetchAsync(
        HttpClient http, Uri realm, AuthChallenge challenge, ImageReference reference, RegistryAuth? auth, CancellationToken cancel)
    {
        var scope = challenge["scope"] ?? $"repository:{reference.Path}:pull";
        if (!string.IsNullOrEmpty(auth?.IdentityToken))
        {
            var posted = await PostAsync(http, realm, challenge["service"], scope, auth, cancel).ConfigureAwait(false);
            if (posted is not null) return posted;
        }

        var query = $"{(realm.Query.Length > 1 ? realm.Query + "&" : "?")}scope={Uri.EscapeDataString(scope)}&client_id={ClientId}"
            + (challenge["service"] is { } service ? "&service=" + Uri.EscapeDataString(service) : "")
            + (string.IsNullOrEmpty(auth?.Username) ? "" : "&account=" + Uri.EscapeDataString(auth.Username));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(realm.GetLeftPart(UriPartial.Path) + query));
        request.Headers.Authorization = Basic(auth);
        return await SendAsync(http, request, reference, cancel).ConfigureAwait(false);
    }

    /// <summary>Null: the server does not know the OAuth2 form.</summary>
    private static async Task<TokenResponse?> PostAsync(
        HttpClient http, Uri realm, string? service, string scope, RegistryAuth auth, CancellationToken cancel)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token", ["refresh_token"] = auth.IdentityToken, ["client_id"] = ClientId, ["scope"] = scope,
        };
        if (service is not null) form["service"] = service;
        using var request = new HttpRequestMessage(HttpMethod.Post, realm) { Content = new FormUrlEncodedContent(form) };
        try
        {
            return await SendAsync(http, request, default, cancel).ConfigureAwait(false);
        }
        catch (RegistryException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            return null;
        }
    }

    private static async Task<TokenResponse> SendAsync(HttpClient http, HttpRequestMessage request, ImageReference reference, CancellationToken cancel)
    {
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        var body = await BodyReader.ReadAsync(response.Content, Limits.AnswerBytesMax, cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            var named = reference.IsSet ? reference : ImageReference.Parse("unknown");
            throw RegistryTexts.Status(named, request.Method, request.RequestUri!, response.StatusCode, body, null);
        }

        try
        {
            var token = JsonSerializer.Deserialize(body, DistributionJsonContext.Default.TokenResponse);
            if (!string.IsNullOrEmpty(token?.Token ?? token?.AccessToken)) return token!;
        }
        catch (JsonException)
        {
            // Told below, as a missing token is.
        }

        throw new RegistryException(RegistryFailure.Malformed, ErrorCode.Internal, "authorization server did not include a token in the response");
    }

    private void Keep(string key, TokenResponse token)
    {
        // The cache is small; a flood of repositories empties it rather than grows it.
        if (_tokens.Count >= Limits.TokensMax) _tokens.Clear();
        var seconds = Math.Clamp(token.ExpiresIn ?? TokenResponse.ExpiresInDefault, TokenResponse.ExpiresInDefault, 86_400);
        _tokens[key] = ((token.Token ?? token.AccessToken)!, time.GetUtcNow() + TimeSpan.FromSeconds(seconds));
    }

    private static AuthenticationHeaderValue? Basic(RegistryAuth? auth) => string.IsNullOrEmpty(auth?.Username)
        ? null
        : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{auth.Username}:{auth.Password}")));

    /// <summary>Credentials are part of the key, as a hash: one user's token must not serve another.</summary>
    private static string KeyOf(RegistryEndpoint endpoint, ImageReference reference, RegistryAuth? auth)
    {
        var user = auth is null || endpoint.IsMirror
            ? ""
            : Digest.Of(Encoding.UTF8.GetBytes($"{auth.Username}\0{auth.Password}\0{auth.IdentityToken}")).Hex;
        return $"{endpoint.Base.Authority} {reference.Path} {user}";
    }
}
