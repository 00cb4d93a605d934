using Troupe.Protocol;

namespace Troupe.Networks.Bridge;

/// <summary>The kernel work can't be done for a reason that the caller shall read.</summary>
internal sealed class NetworkKernelException(ErrorCode code, string message) : Exception(message)
{
    public ErrorCode Code { get; } = code;

    /// <summary>The bridge is gone: somebody deleted it. Making it again helps.</summary>
    public bool IsBridgeMissing { get; init; }

    /// <summary>Another daemon is at it just now: trying again in a moment helps.</summary>
    public bool IsBusy { get; init; }
}
