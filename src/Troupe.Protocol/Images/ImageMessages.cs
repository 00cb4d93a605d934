using Troupe.Specs;

namespace Troupe.Protocol.Images;

/// <summary>What a platform is chosen by (OCI image-spec, image-index.md). Variant may be empty.</summary>
[Wire("iplat")]
public sealed record PlatformSpec(string Os, string Architecture, string Variant) : IWireMessage;

/// <summary>Credentials of one request (X-Registry-Auth). Never journalled, never logged.</summary>
public sealed record RegistryAuth(string Username, string Password, string IdentityToken, string RegistryToken)
{
    public override string ToString() => "RegistryAuth { *** }";
}

/// <summary>
/// Pulls an image and gives it its reference. The sender gets a stream of <see cref="PullProgress"/> and at last one
/// <see cref="PullCompleted"/> or <see cref="CommandFailed"/>. Requests for one digest share one pull; a requester that ends does not
/// end the pull. Fails NotFound, Unauthenticated, Unavailable, ResourceExhausted (disk, 429).
/// </summary>
public sealed record PullImage(Cause Cause, string Reference, PlatformSpec? Platform, RegistryAuth? Auth);

/// <summary>
/// One line of Docker's progress: <paramref name="Id"/> is the short layer id or tag, empty for a line of its own. Current and
/// total in bytes; both zero: no bar.
/// </summary>
public sealed record PullProgress(string Id, string Status, long CurrentBytes, long TotalBytes);

/// <param name="Upgraded">False when the image was up to date already.</param>
public sealed record PullCompleted(string Reference, Digest ImageId, Digest ManifestDigest, bool Upgraded);

/// <summary>Which image a name, id or id prefix means on this node. Answered by <see cref="ImageView"/> or NotFound with Docker's words.</summary>
public sealed record ResolveImage(string NameOrId);

public sealed record ListImages;

public sealed record ImageList(ImageView[] Images);

/// <summary>An image on this node. <paramref name="Config"/> is the exact configuration blob; its digest is <paramref name="Id"/>.</summary>
public sealed record ImageView(
    Digest Id,
    Digest ManifestDigest,
    string[] RepoTags,
    string[] RepoDigests,
    long SizeBytes,
    DateTimeOffset? CreatedAt,
    Digest[] DiffIds,
    Digest[] ChainIds,
    ReadOnlyMemory<byte> Config,
    DateTimeOffset TaggedAt);

/// <summary>
/// Takes a reference away, and the image when that was its last one. Answered by <see cref="ImageRemovedResult"/>. Conflict when a
/// container uses it: <paramref name="UsedBy"/> are the containers that the gateway saw (image id to short container id and running state).
/// </summary>
public sealed record RemoveImage(Cause Cause, string NameOrId, bool Force, bool Prune, ImageUse[] UsedBy);

public sealed record ImageUse(Digest ImageId, ContainerId Container, bool Running);

public sealed record ImageRemovedResult(string[] Untagged, string[] Deleted);

/// <summary>
/// Makes the writable layer of a container over an image's layers. Idempotent. Answered by <see cref="SnapshotPrepared"/>.
/// </summary>
public sealed record PrepareSnapshot(ContainerId Container, Digest[] ChainIds);

/// <summary>The mounts that make the root file system, in order, for the container's own mount namespace.</summary>
public sealed record SnapshotPrepared(ContainerId Container, RootfsMount[] Mounts);

/// <summary>As containerd's rootfs mounts: type, source, options; the target is the root itself.</summary>
public sealed record RootfsMount(string Type, string Source, string[] Options);

/// <summary>Removes a container's writable layer. Idempotent. Answered by CommandDone.</summary>
public sealed record RemoveSnapshot(ContainerId Container);

/// <summary>Which containers the node knows: snapshots of others are removed. Sent once after recovery.</summary>
public sealed record ReconcileSnapshots(ContainerId[] Known);

/// <summary>A cluster-wide image reference: the scheduler's record, cached on every node.</summary>
[Wire("iref")]
public sealed record ImageReferenceRecord(string Reference, Digest ManifestDigest, Digest ImageId, DateTimeOffset At) : IWireMessage;
