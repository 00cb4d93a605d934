using Troupe.Specs;

namespace Troupe.Protocol.Images;

/// <summary>
/// What happened to the node's images, for <c>docker events</c> and <c>why</c>: the images actor tells it to the node's recorder, which
/// journals it. References and blobs have their own owners; losing such a record loses history, never state.
/// </summary>
public abstract record ImageEvent(DateTimeOffset At, Cause Cause) : IWireMessage;

/// <param name="Name">The reference as Docker shows it: <c>busybox:latest</c>.</param>
[Wire("ie-pulled")]
public sealed record ImagePulled(DateTimeOffset At, Cause Cause, string Name, Digest ImageId) : ImageEvent(At, Cause);

[Wire("ie-tagged")]
public sealed record ImageTagged(DateTimeOffset At, Cause Cause, string Name, Digest ImageId) : ImageEvent(At, Cause);

[Wire("ie-untagged")]
public sealed record ImageUntagged(DateTimeOffset At, Cause Cause, string Name, Digest ImageId) : ImageEvent(At, Cause);

[Wire("ie-deleted")]
public sealed record ImageDeleted(DateTimeOffset At, Cause Cause, Digest ImageId) : ImageEvent(At, Cause);
