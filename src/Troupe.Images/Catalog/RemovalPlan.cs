using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Images.Catalog;

/// <summary>
/// What <c>docker rmi</c> does, decided without doing it: which references go, whether the image itself goes, or Docker's refusal.
/// Rules and texts are Docker's ImageDelete.
/// </summary>
/// <param name="Failure">Set: nothing is done.</param>
internal sealed record RemovalPlan(LocalImage? Image, IReadOnlyList<ImageReference> Untag, bool IsDeleted, CommandFailed? Failure)
{
    public static RemovalPlan Decide(ImageCatalog catalog, string nameOrId, bool force, IReadOnlyList<ImageUse> usedBy)
    {
        var (image, failure) = catalog.Resolve(nameOrId);
        if (image is null) return new RemovalPlan(null, [], false, failure);
        var uses = usedBy.Where(use => use.ImageId == image.Id).ToList();
        return catalog.IsIdOf(nameOrId, image)
            ? ById(catalog, image, force, uses)
            : ByReference(catalog, image, nameOrId, force, uses);
    }

    private static RemovalPlan ByReference(ImageCatalog catalog, LocalImage image, string name, bool force, List<ImageUse> uses)
    {
        var reference = ImageReference.Parse(name).WithDefaultTag();
        var all = catalog.ReferencesOf(image.Id);
        // With a tag and a digest, the digest is what names it.
        if (reference.Digest is { } digest) reference = reference.WithDigest(digest);
        if (!force && IsSingle(all) && uses.Count > 0)
        {
            return Refuse(
                $"conflict: unable to remove repository reference \"{name}\" (must force) - container {uses[0].Container.Short}"
                + $" is using its referenced image {image.Id.Short}");
        }

        var untag = new List<ImageReference>();
        if (all.Contains(reference)) untag.Add(reference);
        var rest = all.Where(r => !untag.Contains(r)).ToList();
        var hasTagLeft = rest.Exists(r => r.Digest is null && r.Name == reference.Name);
        if (reference.Digest is null && !hasTagLeft)
        {
            // The digest references came with the tag and go with the repository's last one.
            untag.AddRange(rest.Where(r => r.Digest is not null && r.Name == reference.Name));
            rest.RemoveAll(untag.Contains);
        }

        if (rest.Count > 0) return new RemovalPlan(image, untag, IsDeleted: false, null);
        var isKept = Conflict(image, uses, hard: true) is not null || (!force && Conflict(image, uses, hard: false) is not null);
        return new RemovalPlan(image, untag, !isKept, null);
    }

    private static RemovalPlan ById(ImageCatalog catalog, LocalImage image, bool force, List<ImageUse> uses)
    {
        var all = catalog.ReferencesOf(image.Id);
        var conflict = Conflict(image, uses, hard: true);
        if (!force && conflict is null)
        {
            if (!IsSingle(all))
                conflict = $"conflict: unable to delete {image.Id.Short} (must be forced) - image is referenced in multiple repositories";
            conflict ??= Conflict(image, uses, hard: false);
        }

        return conflict is not null ? Refuse(conflict) : new RemovalPlan(image, all, IsDeleted: true, null);
    }

    /// <param name="hard">Running containers, which force does not overrule; else stopped ones.</param>
    private static string? Conflict(LocalImage image, List<ImageUse> uses, bool hard)
    {
        var use = uses.Find(u => u.Running == hard);
        if (use is null) return null;
        return hard
            ? $"conflict: unable to delete {image.Id.Short} (cannot be forced) - image is being used by running container {use.Container.Short}"
            : $"conflict: unable to delete {image.Id.Short} (must be forced) - image is being used by stopped container {use.Container.Short}";
    }

    /// <summary>At most one tag, and digests only of that repository.</summary>
    private static bool IsSingle(IReadOnlyList<ImageReference> references)
    {
        if (references.Count <= 1) return true;
        return references.Count(r => r.Digest is null) <= 1 && references.Select(r => r.Name).Distinct().Count() == 1;
    }

    private static RemovalPlan Refuse(string text) => new(null, [], false, new CommandFailed(ErrorCode.Conflict, text));
}
