using Microsoft.AspNetCore.Http;
using Troupe.Protocol;

namespace Troupe.Gateway.Http;

/// <summary>The one place that turns the engine's failures into HTTP.</summary>
internal static class ErrorMapping
{
    public static int Status(ErrorCode code) => code switch
    {
        ErrorCode.NotFound => StatusCodes.Status404NotFound,
        ErrorCode.AlreadyExists => StatusCodes.Status409Conflict,
        ErrorCode.InvalidArgument => StatusCodes.Status400BadRequest,
        ErrorCode.FailedPrecondition => StatusCodes.Status409Conflict,
        ErrorCode.Conflict => StatusCodes.Status409Conflict,
        ErrorCode.NotModified => StatusCodes.Status304NotModified,
        ErrorCode.ResourceExhausted => StatusCodes.Status503ServiceUnavailable,
        ErrorCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        ErrorCode.Unimplemented => StatusCodes.Status501NotImplemented,
        ErrorCode.Internal => StatusCodes.Status500InternalServerError,
        ErrorCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        ErrorCode.PermissionDenied => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>Answers 304 have no body (RFC 9110, 15.4.5).</summary>
    public static bool HasBody(int status) => status != StatusCodes.Status304NotModified;
}
