using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>1.50: an image's Config has no members any more that only containers have; before, they were there at their zero values.</summary>
internal sealed class ImageConfigWithoutContainerFields() : ApiChange(50)
{
    private static readonly string[] Texts = ["Hostname", "Domainname", "Image"];
    private static readonly string[] Switches = ["AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce"];

    public override bool Lowers(ApiRoute route) => route == ApiRoute.ImageInspect;

    public override void Lower(ApiRoute route, JsonNode answer)
    {
        if (answer["Config"] is not JsonObject config) return;
        foreach (var name in Texts) config.TryAdd(name, JsonValue.Create(""));
        foreach (var name in Switches) config.TryAdd(name, JsonValue.Create(false));
    }
}
