using Akka.Actor;
using Troupe.Images.Catalog;
using Troupe.Images.Registry;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Pulls;

/// <summary>Messages between the actors of this project. They hold live objects and never leave the node.</summary>
internal interface IImagesMessage : INoSerializationVerificationNeeded;

/// <summary>From a request that knows its digest to PullsActor: take part in the pull of it.</summary>
internal sealed record JoinPull(ResolvedManifest Top, IImageSource Source, Platform Platform) : IImagesMessage;

/// <summary>One line of progress of a shared pull.</summary>
internal sealed record FlightProgress(PullProgress Line) : IImagesMessage;

/// <summary>The image is wholly here and recorded.</summary>
internal sealed record FlightDone(LocalImage Image, IDisposable Lease) : IImagesMessage;

internal sealed record FlightFailed(CommandFailed Failure) : IImagesMessage;

/// <summary>The pull is over; whoever has no result from it was too late or it broke.</summary>
internal sealed record FlightEnded : IImagesMessage;

/// <summary>From a request to ImagesActor: give the image these references. Answered by <see cref="ReferencesGiven"/> or CommandFailed.</summary>
internal sealed record GiveReferences(Cause Cause, LocalImage Image, Digest Manifest, ImageReference[] References) : IImagesMessage;

/// <param name="IsChanged">False when all of them meant this image before.</param>
internal sealed record ReferencesGiven(bool IsChanged) : IImagesMessage;

/// <summary>From a pull that is over while layers of it are still coming in: new requests for its digest begin anew.</summary>
internal sealed record FlightOver : IImagesMessage;

/// <summary>From a pull that filled the disk, to ImagesActor: give back what nothing needs.</summary>
internal sealed record CollectUnused : IImagesMessage;

/// <summary>From PullActor to LayersActor. Answered by any number of <see cref="LayerProgress"/> and one LayerReady or LayerFailed.</summary>
internal sealed record EnsureLayer(LayerStep Step, IImageSource Source) : IImagesMessage;

internal enum LayerPhase
{
    Waiting,
    Downloading,
    Verifying,
    Downloaded,
    Extracting,
    Ready,
}

/// <param name="CurrentBytes">Compressed bytes downloaded or unpacked.</param>
internal sealed record LayerProgress(ChainId Chain, LayerPhase Phase, long CurrentBytes, long TotalBytes) : IImagesMessage;

internal sealed record LayerReady(ChainId Chain) : IImagesMessage;

internal sealed record LayerFailed(ChainId Chain, CommandFailed Failure) : IImagesMessage;
