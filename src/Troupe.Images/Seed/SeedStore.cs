using System.Text.Json;
using Troupe.Images.Registry;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Seed;

/// <summary>
/// The images that come with Troupe: an OCI image layout (image-spec, image-layout.md). Only a tag whose registry can't be reached is
/// taken from here. What it holds is verified like anything else that comes from outside.
/// </summary>
internal sealed class SeedStore(string? directory)
{
    private const int IndexBytesMax = 1 << 20;

    /// <summary>The built-in image of that name and tag, or null. A layout that can't be read counts as empty.</summary>
    public SeedSource? Find(ImageReference reference)
    {
        if (directory is null || reference.Digest is not null || reference.Tag is null) return null;
        var entry = ReadIndex()?.Manifests.FirstOrDefault(manifest => NamesOf(manifest).Contains(reference.ToString()));
        return entry is null ? null : new SeedSource(directory, entry, reference);
    }

    private ImageIndex? ReadIndex()
    {
        try
        {
            var file = new FileInfo(Path.Combine(directory!, OciLayout.IndexFileName));
            if (!file.Exists || file.Length > IndexBytesMax) return null;
            return JsonSerializer.Deserialize(File.ReadAllBytes(file.FullName), ImageJsonContext.Default.ImageIndex);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<string> NamesOf(Descriptor manifest)
    {
        foreach (var key in (string[])[OciLayout.ImageNameAnnotation, OciLayout.RefNameAnnotation])
        {
            if (manifest.Annotations?.GetValueOrDefault(key) is not { } name) continue;
            if (ImageReference.TryParse(name, out var reference, out _)) yield return reference.WithDefaultTag().ToString();
        }
    }
}

/// <summary>One built-in image as a source.</summary>
internal sealed class SeedSource(string directory, Descriptor top, ImageReference reference) : IImageSource
{
    public string Notice => $"{reference.Domain} can't be reached; {reference.Familiar} comes from the seed store built into Troupe";

    public Task<ResolvedManifest> ResolveAsync(CancellationToken cancel) =>
        Task.FromResult(new ResolvedManifest(top.Digest, top.MediaType, top.Size));

    public async Task<byte[]> FetchManifestAsync(Digest digest, CancellationToken cancel)
    {
        using var stream = Open(digest);
        if (stream.Length > Limits.ManifestBytesMax) throw Broken(digest);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes, cancel).ConfigureAwait(false);
        return bytes;
    }

    public Task<BlobBody> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancel)
    {
        var stream = Open(descriptor.Digest);
        stream.Position = Math.Min(offset, stream.Length);
        return Task.FromResult(new BlobBody(stream, stream.Position, stream));
    }

    private FileStream Open(Digest digest)
    {
        try
        {
            return File.OpenRead(Path.Combine(directory, OciLayout.BlobsDirectory, digest.Hex));
        }
        catch (IOException e)
        {
            throw new ImageException(ErrorCode.Internal, $"the seed store lacks {digest}", e);
        }
    }

    private static ImageException Broken(Digest digest) => new(ErrorCode.Internal, $"the seed store is damaged: {digest}");
}
