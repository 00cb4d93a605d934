namespace Troupe.Containers;

/// <summary>Docker's <c>NetworkMode</c>.</summary>
internal static class NetworkModes
{
    public const string Host = "host";

    /// <summary>Network to ask for an address; null for <c>none</c> and <c>host</c>.</summary>
    public static string? NetworkOf(string mode) => mode switch
    {
        "none" or Host => null,
        "" or "default" => "bridge",
        _ => mode,
    };
}
