namespace Troupe.Api;

/// <summary>Bounds of the API's bodies.</summary>
public static class Limits
{
    /// <summary>Nesting of a body. Docker's deepest (a create request's mounts) has 7.</summary>
    public const int JsonDepthMax = 32;
}
