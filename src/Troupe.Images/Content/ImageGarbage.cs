using System.Text.Json;
using Troupe.Images.Layers;
using Troupe.Images.Snapshots;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Content;

/// <summary>An image that stays.</summary>
/// <param name="Manifest">Its manifest on this node.</param>
/// <param name="Tops">Manifests and indexes that references name it by.</param>
internal sealed record GarbageRoot(Digest ImageId, Digest Manifest, Digest[] Tops);

/// <summary>
/// Finds what nothing needs: blobs by the images that stay, layers by those and by the snapshots; pulls in progress keep theirs by
/// leases. Blocks on the disk.
/// </summary>
internal sealed class ImageGarbage(ContentStore content, LayerStore layers, SnapshotStore snapshots, Leases leases)
{
    /// <summary>Removes blobs and puts layers out of sight.</summary>
    /// <param name="removed">Chain ids of the layers that went.</param>
    /// <returns>Directories to delete.</returns>
    public IReadOnlyList<string> Collect(IReadOnlyCollection<GarbageRoot> keep, out HashSet<Digest> removed)
    {
        var blobs = new HashSet<Digest>();
        var chains = new HashSet<ChainId>(snapshots.UsedLayers());
        foreach (var root in keep) Mark(root, blobs, chains);
        foreach (var blob in content.List().Where(blob => !blobs.Contains(blob)).ToList()) leases.TryDelete(blob, () => content.Delete(blob));
        var trash = new List<string>();
        var gone = new HashSet<Digest>();
        foreach (var chain in layers.List().Where(chain => !chains.Contains(chain)).ToList())
        {
            leases.TryDelete(chain.Digest, () =>
            {
                if (layers.Detach(chain) is not { } path) return;
                trash.Add(path);
                gone.Add(chain.Digest);
            });
        }

        removed = gone;
        return trash;
    }

    private void Mark(GarbageRoot root, HashSet<Digest> blobs, HashSet<ChainId> chains)
    {
        blobs.Add(root.ImageId);
        blobs.Add(root.Manifest);
        blobs.UnionWith(root.Tops);
        try
        {
            var manifest = content.Read(root.Manifest) is { } document
                ? JsonSerializer.Deserialize(document, ImageJsonContext.Default.ImageManifest) : null;
            foreach (var layer in manifest?.Layers ?? []) blobs.Add(layer.Digest);
            if (content.Read(root.ImageId) is { } config) chains.UnionWith(ChainId.Compute(ImageConfig.Parse(config).Rootfs.Digests()));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // Verified when it came in; a document that no longer parses has nothing left to protect.
        }
    }
}
