using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Distribution;

namespace Troupe.Images.Registry;

/// <summary>Failures in Docker's words. Clients and scripts match on them.</summary>
internal static class RegistryTexts
{
    /// <summary>A request that got no answer.</summary>
    public static RegistryException NoAnswer(Uri baseAddress, Exception error)
    {
        var url = new Uri(baseAddress, "/v2/");
        var (kind, reason) = Reason(baseAddress, error);
        return new RegistryException(kind, ErrorCode.Unavailable, $"Get \"{url}\": {reason}", error);
    }

    public static RegistryException Stalled(Uri url, Exception error) => new(
        RegistryFailure.Interrupted, ErrorCode.Unavailable,
        $"Get \"{url.GetLeftPart(UriPartial.Path)}\": net/http: request canceled (Client.Timeout exceeded while awaiting headers)", error);

    public static RegistryException CutOff(Exception? error) => error is null
        ? new(RegistryFailure.Interrupted, ErrorCode.Unavailable, "unexpected EOF")
        : new(RegistryFailure.Interrupted, ErrorCode.Unavailable, "unexpected EOF", error);

    /// <summary>An error status with its body.</summary>
    public static RegistryException Status(ImageReference reference, HttpMethod method, Uri url, HttpStatusCode status, byte[] body, TimeSpan? retryAfter)
    {
        var document = RegistryErrors.TryParse(body);
        var first = document?.Errors?.FirstOrDefault();
        first ??= FromStatus(status, document);
        var (code, text) = first is null
            ? (CodeOf(status), $"unexpected status from {method.Method} request to {url.GetLeftPart(UriPartial.Path)}: {(int)status} {Phrase(status)}")
            : Translate(reference, status, first);
        return new RegistryException(RegistryFailure.Status, code, text) { Status = status, RetryAfter = retryAfter };
    }

    private static (ErrorCode Code, string Text) Translate(ImageReference reference, HttpStatusCode status, RegistryError error) => error.Code switch
    {
        "DENIED" => (ErrorCode.NotFound,
            $"pull access denied for {reference.FamiliarName}, repository does not exist or may require 'docker login': {error}"),
        "MANIFEST_UNKNOWN" => (ErrorCode.NotFound, $"manifest for {reference.Familiar} not found: {error}"),
        "NAME_UNKNOWN" => (ErrorCode.NotFound, $"repository {reference.FamiliarName} not found: {error}"),
        _ => (CodeOf(status), error.ToString()),
    };

    private static RegistryError? FromStatus(HttpStatusCode status, RegistryErrors? document) => status switch
    {
        HttpStatusCode.TooManyRequests => new RegistryError { Code = "TOOMANYREQUESTS", Message = document?.Details ?? "Too Many Requests" },
        HttpStatusCode.Unauthorized => new RegistryError { Code = "UNAUTHORIZED", Message = document?.Details ?? "authentication required" },
        HttpStatusCode.Forbidden when document?.Details is not null => new RegistryError { Code = "DENIED", Message = document.Details },
        _ => null,
    };

    private static ErrorCode CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => ErrorCode.Unauthenticated,
        HttpStatusCode.Forbidden => ErrorCode.PermissionDenied,
        HttpStatusCode.NotFound => ErrorCode.NotFound,
        HttpStatusCode.TooManyRequests => ErrorCode.ResourceExhausted,
        _ => ErrorCode.Internal,
    };

    private static string Phrase(HttpStatusCode status) => new HttpResponseMessage(status).ReasonPhrase ?? status.ToString();

    private static (RegistryFailure Kind, string Reason) Reason(Uri address, Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData }:
                    return (RegistryFailure.Unreachable, $"dial tcp: lookup {address.Host}: no such host");
                case SocketException { SocketErrorCode: SocketError.TryAgain }:
                    return (RegistryFailure.Unreachable, $"dial tcp: lookup {address.Host}: Temporary failure in name resolution");
                case SocketException socket when IsConnect(socket.SocketErrorCode):
                    return (RegistryFailure.Unreachable, $"dial tcp {address.Host}:{address.Port}: connect: {Words(socket.SocketErrorCode)}");
                case AuthenticationException tls:
                    return (RegistryFailure.Tls, TlsReason(tls));
                case TimeoutException:
                    return (RegistryFailure.Unreachable, $"dial tcp {address.Host}:{address.Port}: i/o timeout");
            }
        }

        return (RegistryFailure.Interrupted, "EOF");
    }

    private static string TlsReason(AuthenticationException error) =>
        error.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase)
            ? "tls: failed to verify certificate: x509: certificate signed by unknown authority"
            : "http: server gave HTTP response to HTTPS client";

    private static bool IsConnect(SocketError error) => error is SocketError.ConnectionRefused or SocketError.HostUnreachable
        or SocketError.NetworkUnreachable or SocketError.TimedOut or SocketError.NetworkDown or SocketError.HostDown
        or SocketError.AddressNotAvailable or SocketError.AccessDenied;

    private static string Words(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostUnreachable => "no route to host",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.TimedOut => "connection timed out",
        SocketError.AccessDenied => "permission denied",
        _ => error.ToString(),
    };
}
