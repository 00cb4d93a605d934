using System.Text;
using System.Text.Json;
using Troupe.Api;
using Troupe.Gateway.Http;
using Troupe.Protocol.Images;

namespace Troupe.Gateway.Images;

/// <summary>Reads X-Registry-Auth: base64url of a JSON object. The CLI sends <c>e30=</c>, an empty one, when it knows no credentials.</summary>
internal static class RegistryAuthReader
{
    /// <summary>Null without credentials.</summary>
    /// <exception cref="ApiException">Not such a header; its content is never repeated.</exception>
    public static RegistryAuth? Read(string header)
    {
        if (header.Length == 0) return null;
        if (header.Length > Limits.RegistryAuthSizeMax) throw Malformed("too long");
        try
        {
            var auth = JsonSerializer.Deserialize(Decode(header), ApiJson.Context.AuthConfig);
            if (auth is null) return null;
            var (user, password) = UserAndPassword(auth.Username ?? "", auth.Password ?? "", auth.Auth ?? "");
            var identity = auth.IdentityToken ?? "";
            var token = auth.RegistryToken ?? "";
            return user.Length + password.Length + identity.Length + token.Length == 0 ? null : new RegistryAuth(user, password, identity, token);
        }
        catch (FormatException)
        {
            throw Malformed("not base64url");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Malformed("not JSON");
        }
    }

    private static (string User, string Password) UserAndPassword(string user, string password, string joined)
    {
        if (user.Length > 0 || joined.Length == 0) return (user, password);
        var parts = Encoding.UTF8.GetString(Decode(joined)).TrimEnd('\0').Split(':', 2);
        return parts.Length == 2 ? (parts[0], parts[1]) : throw new FormatException("no colon");
    }

    // Clients differ: URL alphabet or the plain one, padded or not.
    private static byte[] Decode(string text)
    {
        var plain = text.Trim().Replace('-', '+').Replace('_', '/').TrimEnd('=');
        return Convert.FromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='));
    }

    private static ApiException Malformed(string why) => ApiException.Invalid($"invalid X-Registry-Auth header: {why}");
}
