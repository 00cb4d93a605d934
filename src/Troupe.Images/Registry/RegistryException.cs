using System.Net;
using Troupe.Protocol;

namespace Troupe.Images.Registry;

internal enum RegistryFailure
{
    /// <summary>No connection: name not found, refused, no route, connect timeout. Nothing answered.</summary>
    Unreachable,

    /// <summary>Connected, but no TLS that we accept.</summary>
    Tls,

    /// <summary>The registry answered with an error status.</summary>
    Status,

    /// <summary>Silence, or a body cut off.</summary>
    Interrupted,

    /// <summary>An answer that can't be used.</summary>
    Malformed,
}

/// <summary>A registry that could not be used, in Docker's words.</summary>
internal sealed class RegistryException : ImageException
{
    public RegistryException(RegistryFailure kind, ErrorCode code, string message) : base(code, message) => Kind = kind;

    public RegistryException(RegistryFailure kind, ErrorCode code, string message, Exception inner) : base(code, message, inner) => Kind = kind;

    public RegistryFailure Kind { get; }

    public HttpStatusCode? Status { get; init; }

    /// <summary>How long the registry asked to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True when the same request may succeed later.</summary>
    public bool IsTransient => Kind switch
    {
        RegistryFailure.Interrupted or RegistryFailure.Unreachable => true,
        RegistryFailure.Status => Status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)Status! >= 500,
        _ => false,
    };
}
