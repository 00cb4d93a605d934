using Troupe.Containers.Tasks;
using Troupe.Protocol;
using Troupe.Protocol.Images;
using Troupe.Protocol.Networks;
using Troupe.Specs;
using Troupe.Specs.Shim;

namespace Troupe.Containers.Bundles;

/// <summary>Writes everything that a run needs on disk. Answered by <see cref="BundleWritten"/> or <see cref="BundleFailed"/>.</summary>
internal sealed record WriteBundle(TaskSpec Task, RootfsMount[] Rootfs, EndpointReserved? Endpoint);

internal sealed record BundleWritten(ShimConfig Config);

/// <summary><paramref name="ExitCode"/> as Docker's start failures: 126, 127 or 128.</summary>
internal sealed record BundleFailed(int ExitCode, ErrorCode Code, string Message);

/// <summary>Removes a container's directory. Answered by CommandDone or CommandFailed. Idempotent.</summary>
internal sealed record RemoveBundle(ContainerId Id);
