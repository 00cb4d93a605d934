using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Images.Catalog;

/// <summary>
/// What images this node has and how they are called: the node's own images under the cluster's references. Pure bookkeeping; ImagesActor
/// owns the only one.
/// </summary>
internal sealed class ImageCatalog
{
    private readonly Dictionary<Digest, LocalImage> _images = [];
    private readonly Dictionary<string, (ImageReference Reference, ImageReferenceRecord Record)> _references = new(StringComparer.Ordinal);

    public IReadOnlyCollection<LocalImage> Images => _images.Values;

    public LocalImage? Find(Digest imageId) => _images.GetValueOrDefault(imageId);

    public void Add(LocalImage image) => _images[image.Id] = image;

    public void Remove(Digest imageId) => _images.Remove(imageId);

    public ImageReferenceRecord? Record(ImageReference reference) => _references.GetValueOrDefault(reference.ToString()).Record;

    public void Put(ImageReferenceRecord record)
    {
        // The scheduler's records are normalised; one that is not can't be asked for by any name.
        if (ImageReference.TryParse(record.Reference, out var reference, out _)) _references[reference.ToString()] = (reference, record);
    }

    /// <summary>Forgets every reference, before they are read again.</summary>
    public void Clear() => _references.Clear();

    public void Drop(ImageReference reference) => _references.Remove(reference.ToString());

    /// <summary>The references of an image, tags first, each sorted.</summary>
    public IReadOnlyList<ImageReference> ReferencesOf(Digest imageId) =>
    [
        .. _references.Values.Where(r => r.Record.ImageId == imageId).Select(r => r.Reference)
            .OrderBy(r => r.Digest is not null).ThenBy(r => r.ToString(), StringComparer.Ordinal),
    ];

    /// <summary>Every manifest digest that some reference of the image names: an index's too.</summary>
    public IEnumerable<Digest> ManifestsOf(Digest imageId) =>
        _references.Values.Where(r => r.Record.ImageId == imageId).Select(r => r.Record.ManifestDigest).Distinct();

    /// <summary>
    /// What a name, digest reference, id or id prefix means here, or the failure in Docker's words. A name goes before an id.
    /// </summary>
    public (LocalImage? Image, CommandFailed? Failure) Resolve(string nameOrId)
    {
        if (FindById(nameOrId, isWholeOnly: true) is { } whole) return (whole, null);
        var isReference = ImageReference.TryParse(nameOrId, out var reference, out var error);
        if (isReference && FindByReference(reference.WithDefaultTag()) is { } named) return (named, null);
        if (FindById(nameOrId, isWholeOnly: false) is { } found) return (found, null);
        if (IsIdShaped(nameOrId)) return (null, new CommandFailed(ErrorCode.NotFound, $"No such image: {nameOrId}"));
        return isReference
            ? (null, new CommandFailed(ErrorCode.NotFound, $"No such image: {reference.WithDefaultTag().Familiar}"))
            : (null, new CommandFailed(ErrorCode.InvalidArgument, error!));
    }

    /// <summary>True when the text names the image by its id, not by a reference.</summary>
    public bool IsIdOf(string nameOrId, LocalImage image)
    {
        if (ImageReference.TryParse(nameOrId, out var reference, out _) && FindByReference(reference.WithDefaultTag()) is not null) return false;
        return HexOf(nameOrId) is { } hex && image.Id.Hex.StartsWith(hex, StringComparison.Ordinal);
    }

    public IEnumerable<ImageView> List() => _images.Values.Select(View).OrderByDescending(view => view.CreatedAt).ThenBy(view => view.Id);

    public ImageView View(LocalImage image)
    {
        var references = ReferencesOf(image.Id);
        var digests = references.Where(r => r.Digest is not null).Select(r => $"{r.FamiliarName}@{r.Digest}").Distinct(StringComparer.Ordinal);
        var at = references.Select(r => Record(r)!.At).DefaultIfEmpty(default).Max();
        return new ImageView(
            image.Id, image.Manifest, [.. references.Where(r => r.Digest is null).Select(r => r.Familiar)], [.. digests], image.SizeBytes,
            image.CreatedAt, [.. image.DiffIds.Select(d => d.Digest)], [.. image.Chain.Select(c => c.Digest)], image.Config, at);
    }

    private LocalImage? FindByReference(ImageReference reference)
    {
        if (_references.TryGetValue(reference.ToString(), out var known)) return Find(known.Record.ImageId);
        // name:tag@digest means the digest.
        if (reference.Digest is not { } digest) return null;
        foreach (var (other, record) in _references.Values)
        {
            if (other.Name == reference.Name && record.ManifestDigest == digest && Find(record.ImageId) is { } image) return image;
        }

        return null;
    }

    private LocalImage? FindById(string text, bool isWholeOnly)
    {
        if (HexOf(text) is not { } hex || (isWholeOnly && hex.Length != 64)) return null;
        var matches = _images.Values.Where(image => image.Id.Hex.StartsWith(hex, StringComparison.Ordinal)).Take(2).ToList();
        return matches.Count == 1 ? matches[0] : null;
    }

    private static bool IsIdShaped(string text) => text.StartsWith(Digest.Algorithm + ":", StringComparison.Ordinal) && HexOf(text) is not null;

    private static string? HexOf(string text)
    {
        var hex = text.StartsWith(Digest.Algorithm + ":", StringComparison.Ordinal) ? text[(Digest.Algorithm.Length + 1)..] : text;
        return hex.Length is > 0 and <= 64 && hex.All(char.IsAsciiHexDigitLower) ? hex : null;
    }
}
