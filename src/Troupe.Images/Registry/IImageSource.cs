using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Registry;

/// <summary>What a reference stands for at its source.</summary>
/// <param name="SizeBytes">Of the manifest or index.</param>
internal sealed record ResolvedManifest(Digest Digest, string MediaType, long SizeBytes);

/// <param name="Offset">Where in the blob the stream begins: 0 when the source would not resume.</param>
internal sealed record BlobBody(Stream Stream, long Offset, IDisposable Owner) : IDisposable
{
    public void Dispose()
    {
        Stream.Dispose();
        Owner.Dispose();
    }
}

/// <summary>
/// Where an image comes from: a registry, or the built-in layout. Nothing that it gives is verified; the caller hashes. Failures are
/// <see cref="ImageException"/>.
/// </summary>
internal interface IImageSource
{
    /// <summary>A line for the progress when the image does not come from where its name says, else null.</summary>
    string? Notice { get; }

    Task<ResolvedManifest> ResolveAsync(CancellationToken cancel);

    /// <summary>A manifest or index by digest, at most <see cref="Limits.ManifestBytesMax"/> bytes.</summary>
    Task<byte[]> FetchManifestAsync(Digest digest, CancellationToken cancel);

    Task<BlobBody> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancel);
}
