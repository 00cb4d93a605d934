using System.Net;
using System.Net.Http.Headers;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Registry;

/// <summary>One reference at its registry. Remembers which of the registry's addresses answered.</summary>
internal sealed class RegistrySource(
    RegistryClient client, RegistryEndpoints endpoints, ImagesSettings settings, ImageReference reference, RegistryAuth? auth) : IImageSource
{
    private RegistryEndpoint? _endpoint;

    public string? Notice => null;

    /// <summary>
    /// HEAD, because on the Hub it does not count as a pull; GET where HEAD fails, because only that tells why.
    /// </summary>
    public async Task<ResolvedManifest> ResolveAsync(CancellationToken cancel)
    {
        var tagOrDigest = reference.Digest?.ToString() ?? reference.Tag ?? ImageReference.DefaultTag;
        var list = endpoints.For(reference);
        for (var i = 0; ; i++)
        {
            try
            {
                var resolved = await DocumentRetry.RunAsync(settings, token => ResolveAtAsync(list[i], tagOrDigest, token), cancel).ConfigureAwait(false);
                _endpoint = list[i];
                endpoints.Remember(reference, list[i]);
                return resolved;
            }
            catch (RegistryException e) when (i + 1 < list.Count && MayTryNext(list[i], e))
            {
                // A mirror that has it not, or an insecure registry that speaks plain HTTP.
            }
            catch (RegistryException e) when (e.Kind is RegistryFailure.Tls or RegistryFailure.Unreachable or RegistryFailure.Interrupted)
            {
                endpoints.Forget(reference);
                throw;
            }
        }
    }

    public async Task<byte[]> FetchManifestAsync(Digest digest, CancellationToken cancel)
    {
        return await DocumentRetry.RunAsync(settings, FetchAsync, cancel).ConfigureAwait(false);

        async Task<byte[]> FetchAsync(CancellationToken token)
        {
            using var response = await client.SendAsync(Endpoint, reference, auth, HttpMethod.Get, "manifests/" + digest, AcceptManifests, token)
                .ConfigureAwait(false);
            return await ReadAsync(response, token).ConfigureAwait(false);
        }
    }

    public async Task<BlobBody> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancel)
    {
        var response = await client.SendAsync(
            Endpoint, reference, auth, HttpMethod.Get, "blobs/" + descriptor.Digest, headers => SetRange(headers, offset), cancel).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            response.Dispose();
            if (offset == 0) throw RegistryTexts.CutOff(null);
            return await OpenBlobAsync(descriptor, 0, cancel).ConfigureAwait(false);
        }

        var start = response.StatusCode == HttpStatusCode.PartialContent ? response.Content.Headers.ContentRange?.From ?? -1 : 0;
        if (start != 0 && start != offset)
        {
            response.Dispose();
            throw new RegistryException(RegistryFailure.Malformed, ErrorCode.Internal, "the registry answered with another range than asked for");
        }

        return new BlobBody(await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false), start, response);
    }

    private RegistryEndpoint Endpoint => _endpoint ?? throw new InvalidOperationException("ResolveAsync comes first.");

    private static bool MayTryNext(RegistryEndpoint endpoint, RegistryException failure) =>
        endpoint.IsMirror || failure.Kind is RegistryFailure.Tls or RegistryFailure.Unreachable or RegistryFailure.Interrupted;

    private async Task<ResolvedManifest> ResolveAtAsync(RegistryEndpoint endpoint, string tagOrDigest, CancellationToken cancel)
    {
        try
        {
            using var head = await client.SendAsync(endpoint, reference, auth, HttpMethod.Head, "manifests/" + tagOrDigest, AcceptManifests, cancel)
                .ConfigureAwait(false);
            if (FromHeaders(head) is { } resolved) return Check(resolved);
        }
        catch (RegistryException e) when (e.Kind == RegistryFailure.Status)
        {
            // An answer to HEAD has no body; the GET below tells the reason.
        }

        using var response = await client.SendAsync(endpoint, reference, auth, HttpMethod.Get, "manifests/" + tagOrDigest, AcceptManifests, cancel)
            .ConfigureAwait(false);
        var body = await ReadAsync(response, cancel).ConfigureAwait(false);
        return Check(new ResolvedManifest(Digest.Of(body), MediaTypeOf(response), body.Length));
    }

    private ResolvedManifest Check(ResolvedManifest resolved)
    {
        if (MediaTypes.IsSchema1(resolved.MediaType))
        {
            throw new RegistryException(
                RegistryFailure.Malformed, ErrorCode.InvalidArgument,
                $"Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed: {reference.Familiar}");
        }

        if (resolved.SizeBytes > Limits.ManifestBytesMax)
            throw new RegistryException(RegistryFailure.Malformed, ErrorCode.Internal, $"rejecting a manifest larger than {Limits.ManifestBytesMax} bytes");
        // What was asked for by digest is that digest, whatever the registry says.
        if (reference.Digest is { } asked && asked != resolved.Digest)
            throw new RegistryException(RegistryFailure.Malformed, ErrorCode.Internal, $"manifest verification failed for digest {asked}");
        return resolved;
    }

    private static ResolvedManifest? FromHeaders(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Docker-Content-Digest", out var values)) return null;
        return Digest.TryParse(values.FirstOrDefault(), out var digest) && response.Content.Headers.ContentLength is { } length
            ? new ResolvedManifest(digest, MediaTypeOf(response), length)
            : null;
    }

    private static string MediaTypeOf(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType ?? "";

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = settings.Time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), deadline, settings.TimeoutStall, Timeout.InfiniteTimeSpan);
        try
        {
            return await BodyReader.ReadAsync(response.Content, Limits.ManifestBytesMax, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw RegistryTexts.CutOff(e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw RegistryTexts.Stalled(response.RequestMessage!.RequestUri!, e);
        }
    }

    private static void AcceptManifests(HttpRequestHeaders headers)
    {
        foreach (var type in MediaTypes.Manifests) headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
    }

    private static void SetRange(HttpRequestHeaders headers, long offset)
    {
        if (offset > 0) headers.Range = new RangeHeaderValue(offset, null);
    }
}
