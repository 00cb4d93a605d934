namespace Troupe.Protocol;

/// <summary>The one vocabulary of failures; Gateway maps it to HTTP in one file.</summary>
public enum ErrorCode
{
    /// <summary>No such entity. HTTP 404.</summary>
    NotFound = 1,

    /// <summary>The name or id is taken. HTTP 409.</summary>
    AlreadyExists = 2,

    /// <summary>The request is wrong whatever the state. HTTP 400.</summary>
    InvalidArgument = 3,

    /// <summary>The request is right but not in this state. HTTP 409.</summary>
    FailedPrecondition = 4,

    /// <summary>Two writers collide. HTTP 409.</summary>
    Conflict = 5,

    /// <summary>Already so; not an error for a client. HTTP 304.</summary>
    NotModified = 6,

    /// <summary>A bound is reached: a queue, a disk, an address pool. HTTP 503 (a full disk 500, as Docker).</summary>
    ResourceExhausted = 7,

    /// <summary>A part is away or did not answer in time. HTTP 503.</summary>
    Unavailable = 8,

    /// <summary>Known, but not built yet. HTTP 501.</summary>
    Unimplemented = 9,

    /// <summary>Everything else. HTTP 500.</summary>
    Internal = 10,

    /// <summary>Credentials are missing or wrong. HTTP 401.</summary>
    Unauthenticated = 11,

    /// <summary>Not allowed. HTTP 403.</summary>
    PermissionDenied = 12,
}
