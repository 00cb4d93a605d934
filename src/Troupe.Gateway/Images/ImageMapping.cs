using Troupe.Api;
using Troupe.Api.Containers;
using Troupe.Api.Images;
using Troupe.Api.Json;
using Troupe.Gateway.Containers;
using Troupe.Protocol.Images;
using Troupe.Specs.Image;

namespace Troupe.Gateway.Images;

/// <summary>An image as Docker shows it. Pure.</summary>
internal static class ImageMapping
{
    public static ImageSummary Summary(ImageView image, int containers) => new()
    {
        Containers = containers,
        Created = image.CreatedAt?.ToUnixTimeSeconds() ?? 0,
        Id = image.Id.ToString(),
        Labels = ImageConfig.Parse(image.Config.Span).Config?.Labels,
        RepoDigests = image.RepoDigests,
        RepoTags = image.RepoTags,
        Size = image.SizeBytes,
    };

    public static ImageInspect Inspect(ImageView image, string dataRoot)
    {
        var config = ImageConfig.Parse(image.Config.Span);
        return new ImageInspect
        {
            Id = image.Id.ToString(),
            RepoTags = image.RepoTags,
            RepoDigests = image.RepoDigests,
            Comment = config.Comment ?? "",
            Created = config.Created is null ? null : image.CreatedAt is { } at ? GoTime.Format(at) : config.Created,
            DockerVersion = config.DockerVersion ?? "",
            Author = config.Author ?? "",
            Config = Config(config.Config ?? new ImageRunConfig()),
            Architecture = config.Architecture,
            Variant = config.Variant,
            Os = config.Os,
            OsVersion = config.OsVersion,
            Size = image.SizeBytes,
            GraphDriver = GraphDriver(image, dataRoot),
            RootFs = new RootFs { Type = "layers", Layers = image.DiffIds.Length > 0 ? [.. image.DiffIds.Select(d => d.ToString())] : null },
            Metadata = new ImageMetadata { LastTagTime = GoTime.Format(image.TaggedAt) },
        };
    }

    private static ImageContainerConfig Config(ImageRunConfig config) => new()
    {
        ArgsEscaped = config.ArgsEscaped,
        Cmd = config.Cmd,
        Entrypoint = config.Entrypoint,
        Env = config.Env,
        ExposedPorts = Set(config.ExposedPorts?.Keys),
        Healthcheck = config.Healthcheck is { } health ? Health(health) : null,
        Labels = config.Labels,
        OnBuild = config.OnBuild,
        Shell = config.Shell,
        StopSignal = config.StopSignal,
        User = config.User ?? "",
        Volumes = Set(config.Volumes?.Keys),
        WorkingDir = config.WorkingDir ?? "",
    };

    private static HealthConfig Health(ImageHealthcheck health) => new()
    {
        Test = health.Test,
        Interval = health.Interval,
        Timeout = health.Timeout,
        StartPeriod = health.StartPeriod,
        StartInterval = health.StartInterval,
        Retries = health.Retries,
    };

    private static GraphDriverData GraphDriver(ImageView image, string dataRoot)
    {
        // overlayfs's lower directories, top layer first, as `layers/<chain id>/fs`.
        var layers = image.ChainIds.Reverse().Select(chain => Path.Combine(dataRoot, "layers", chain.Hex, "fs")).ToArray();
        var data = new Dictionary<string, string>(StringComparer.Ordinal);
        if (layers.Length > 1) data["LowerDir"] = string.Join(':', layers[1..]);
        if (layers.Length > 0) data["UpperDir"] = layers[0];
        return new GraphDriverData { Name = InspectMapping.StorageDriver, Data = data };
    }

    private static Dictionary<string, EmptyObject>? Set(IEnumerable<string>? names) =>
        names?.Order(StringComparer.Ordinal).ToDictionary(n => n, _ => EmptyObject.Instance, StringComparer.Ordinal);
}
