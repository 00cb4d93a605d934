using System.Text.Json.Serialization;

namespace Troupe.Api.Node;

/// <summary>Answer of <c>GET /version</c>.</summary>
public sealed record VersionResponse
{
    public PlatformName Platform { get; init; } = new();

    public ComponentVersion[] Components { get; init; } = [];

    public string Version { get; init; } = "";

    public string ApiVersion { get; init; } = "";

    [JsonPropertyName("MinAPIVersion")]
    public string MinApiVersion { get; init; } = "";

    public string GitCommit { get; init; } = "";

    public string GoVersion { get; init; } = "";

    public string Os { get; init; } = "";

    public string Arch { get; init; } = "";

    public string KernelVersion { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Experimental { get; init; }

    public string BuildTime { get; init; } = "";
}

public sealed record PlatformName
{
    public string Name { get; init; } = "";
}

public sealed record ComponentVersion
{
    public string Name { get; init; } = "";

    public string Version { get; init; } = "";

    public Dictionary<string, string>? Details { get; init; }
}
