using System.Text.Json.Serialization;

namespace Troupe.Api.Node;

/// <summary>Answer of <c>GET /version</c>.</summary>
public sealed record VersionResponse
{
    public PlatformName Platform { get; set; } = new();

    public ComponentVersion[] Components { get; set; } = [];

    public string Version { get; set; } = "";

    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("MinAPIVersion")]
    public string MinApiVersion { get; set; } = "";

    public string GitCommit { get; set; } = "";

    public string GoVersion { get; set; } = "";

    public string Os { get; set; } = "";

    public string Arch { get; set; } = "";

    public string KernelVersion { get; set; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Experimental { get; set; }

    public string BuildTime { get; set; } = "";
}

public sealed record PlatformName
{
    public string Name { get; set; } = "";
}

public sealed record ComponentVersion
{
    public string Name { get; set; } = "";

    public string Version { get; set; } = "";

    public Dictionary<string, string>? Details { get; set; }
}
