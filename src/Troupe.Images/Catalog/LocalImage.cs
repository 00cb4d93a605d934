using Troupe.Specs;

namespace Troupe.Images.Catalog;

/// <summary>An image that is wholly on this node.</summary>
/// <param name="Id">Digest of <paramref name="Config"/>.</param>
/// <param name="Manifest">Digest of the manifest of this node's platform.</param>
/// <param name="SizeBytes">Bytes of all layers' files.</param>
internal sealed record LocalImage(
    Digest Id, Digest Manifest, ReadOnlyMemory<byte> Config, DateTimeOffset? CreatedAt, DiffId[] DiffIds, ChainId[] Chain, long SizeBytes, bool IsKept);
