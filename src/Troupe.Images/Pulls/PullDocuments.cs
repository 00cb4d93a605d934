using Troupe.Images.Content;
using Troupe.Images.Registry;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Pulls;

/// <summary>The verified documents of an image: index or manifest, manifest, configuration, and the plan they make.</summary>
internal sealed record PulledDocuments(PullPlan Plan, byte[] Config, IReadOnlyDictionary<Digest, byte[]> Blobs);

/// <summary>Brings an image's documents here: from the content store where they are, else from the source, hashed before they are parsed.</summary>
internal sealed class PullDocuments(ContentStore content, IImageSource source, Platform platform, ImagesSettings settings)
{
    private readonly Dictionary<Digest, byte[]> _blobs = [];

    public async Task<PulledDocuments> FetchAsync(ResolvedManifest top, CancellationToken cancel)
    {
        var document = await ManifestAsync(top.Digest, cancel).ConfigureAwait(false);
        var digest = top.Digest;
        if (PullPlan.ChooseManifest(document, top.MediaType, platform) is { } choice)
        {
            digest = choice.Digest;
            document = await ManifestAsync(digest, cancel).ConfigureAwait(false);
        }

        var manifest = PullPlan.ParseManifest(document);
        var config = await ConfigAsync(manifest.Config, cancel).ConfigureAwait(false);
        return new PulledDocuments(PullPlan.Make(digest, manifest, config), config, _blobs);
    }

    private async Task<byte[]> ManifestAsync(Digest digest, CancellationToken cancel)
    {
        var bytes = content.Read(digest) ?? await source.FetchManifestAsync(digest, cancel).ConfigureAwait(false);
        if (Digest.Of(bytes) != digest) throw new ImageException(ErrorCode.Internal, $"manifest verification failed for digest {digest}");
        _blobs[digest] = bytes;
        return bytes;
    }

    private async Task<byte[]> ConfigAsync(Descriptor descriptor, CancellationToken cancel)
    {
        var bytes = content.Read(descriptor.Digest)
            ?? await DocumentRetry.RunAsync(settings, token => ReadAsync(descriptor, token), cancel).ConfigureAwait(false);
        if (Digest.Of(bytes) != descriptor.Digest)
            throw new ImageException(ErrorCode.Internal, $"image config verification failed for digest {descriptor.Digest}");
        _blobs[descriptor.Digest] = bytes;
        return bytes;
    }

    private async Task<byte[]> ReadAsync(Descriptor descriptor, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = settings.Time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), deadline, settings.TimeoutStall, Timeout.InfiniteTimeSpan);
        using var body = await source.OpenBlobAsync(descriptor, 0, deadline.Token).ConfigureAwait(false);
        var bytes = new byte[descriptor.Size];
        try
        {
            await body.Stream.ReadExactlyAsync(bytes, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw RegistryTexts.CutOff(e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw RegistryTexts.CutOff(e);
        }

        return bytes;
    }
}
