using System.Text.Json;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Pulls;

/// <summary>One layer of an image: the blob it comes from and the name it gets.</summary>
/// <param name="Lowers">Chain ids below it, lowest first.</param>
internal sealed record LayerStep(Descriptor Blob, DiffId DiffId, ChainId Chain, ChainId[] Lowers)
{
    public ChainId? Parent => Lowers.Length == 0 ? null : Lowers[^1];
}

/// <summary>
/// What a pull has to do, derived from the verified documents alone. Pure: every refusal of a malformed or foreign image is here.
/// </summary>
internal sealed record PullPlan(Digest Manifest, Digest ImageId, DateTimeOffset? CreatedAt, LayerStep[] Layers)
{
    /// <summary>The documents of an index or manifest, told apart by what they say they are, then by their content.</summary>
    /// <returns>The manifest to take when it is an index, else null.</returns>
    /// <exception cref="ImageException">Not a document of an image, or nothing for the platform.</exception>
    public static Descriptor? ChooseManifest(ReadOnlySpan<byte> document, string mediaType, Platform wanted)
    {
        var index = Parse(document, ImageJsonContext.Default.ImageIndex);
        var isIndex = MediaTypes.IsIndex(index.MediaType ?? mediaType) || (index.MediaType is null && index.Manifests.Length > 0);
        if (!isIndex) return null;
        var choice = PlatformChoice.Choose(index.Manifests, wanted)
            ?? throw new ImageException(ErrorCode.NotFound, $"no matching manifest for {wanted} in the manifest list entries");
        return choice.Size is >= 0 and <= Limits.ManifestBytesMax && !MediaTypes.IsIndex(choice.MediaType)
            ? choice
            : throw Malformed("the chosen entry of the index is not a manifest");
    }

    /// <exception cref="ImageException">Malformed, or not an image.</exception>
    public static ImageManifest ParseManifest(ReadOnlySpan<byte> document)
    {
        var manifest = Parse(document, ImageJsonContext.Default.ImageManifest);
        if (manifest.SchemaVersion != 2) throw Malformed($"unsupported schema version {manifest.SchemaVersion}");
        if (manifest.MediaType is { } type && !MediaTypes.IsManifest(type)) throw Malformed($"unsupported manifest media type {type}");
        if (!MediaTypes.IsImageConfig(manifest.Config.MediaType))
            throw new ImageException(ErrorCode.InvalidArgument, $"invalid rootfs in image configuration: unsupported media type {manifest.Config.MediaType}");
        if (manifest.Config.Size is < 2 or > Limits.ConfigBytesMax) throw Malformed($"configuration of {manifest.Config.Size} bytes");
        if (manifest.Layers.Length > Limits.LayersMax) throw Malformed("max depth exceeded");
        foreach (var layer in manifest.Layers)
        {
            if (!MediaTypes.IsLayer(layer?.MediaType)) throw Malformed($"unsupported layer media type {layer?.MediaType}");
            if (layer!.Size < 0) throw Malformed("negative layer size");
        }

        return manifest;
    }

    /// <exception cref="ImageException">Manifest and configuration do not fit, or the image is for another operating system.</exception>
    public static PullPlan Make(Digest manifestDigest, ImageManifest manifest, ReadOnlySpan<byte> configuration)
    {
        var config = Parse(configuration, ImageJsonContext.Default.ImageConfig);
        if (config.Os is not ("linux" or "")) throw new ImageException(ErrorCode.InvalidArgument, $"image operating system \"{config.Os}\" cannot be used on this platform");
        if (config.Rootfs.Type != "layers") throw Malformed($"unsupported rootfs type {config.Rootfs.Type}");
        DiffId[] diffIds;
        try
        {
            diffIds = config.Rootfs.Digests();
        }
        catch (FormatException e)
        {
            throw Malformed(e.Message);
        }

        if (diffIds.Length != manifest.Layers.Length) throw Malformed("layers from manifest don't match image configuration");
        var chain = ChainId.Compute(diffIds);
        var layers = manifest.Layers.Select((blob, i) => new LayerStep(blob, diffIds[i], chain[i], chain[..i])).ToArray();
        return new PullPlan(manifestDigest, manifest.Config.Digest, config.CreatedAt, layers);
    }

    /// <summary>Everything the image needs to stay while it is pulled.</summary>
    public IReadOnlyCollection<Digest> Digests(Digest top) =>
        [.. new HashSet<Digest>([top, Manifest, ImageId, .. Layers.Select(l => l.Blob.Digest), .. Layers.Select(l => l.Chain.Digest)])];

    private static T Parse<T>(ReadOnlySpan<byte> json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw Malformed("null");
        }
        catch (JsonException e)
        {
            throw Malformed(e.Message);
        }
    }

    private static ImageException Malformed(string what) => new(ErrorCode.InvalidArgument, "malformed image: " + what);
}
