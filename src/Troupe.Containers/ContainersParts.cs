using Akka.Actor;
using Troupe.Containers.Containers;
using Troupe.Containers.Shims;
using Troupe.Containers.Streams;
using Troupe.Protocol.Containers;

namespace Troupe.Containers;

/// <summary>What the actors of this project need from the process host. One set per node; it outlives actor systems.</summary>
public sealed record ContainersParts(
    ContainersSettings Settings,
    TimeProvider Time,
    IShimLauncher Shims,
    IShimRegistry Streams,
    IContainerIndexWriter Index,
    IContainerCatalog Catalog);
