using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;
using Troupe.Networks.Resolver;
using Troupe.Protocol;

namespace Troupe.Networks.Networks;

// Between a network and its worker; each reply carries its request's number. They never leave the process.

internal abstract record KernelRequest(long Number);

internal sealed record ChoosePool(long Number, PoolWish Wish) : KernelRequest(Number);

internal sealed record EnsureBridge(long Number, BridgePlan Plan) : KernelRequest(Number);

internal sealed record ConnectLink(long Number, LinkPlan Plan) : KernelRequest(Number);

internal sealed record SweepLinks(long Number, SweepPlan Plan) : KernelRequest(Number);

internal sealed record ReadResolver(long Number) : KernelRequest(Number);

internal abstract record KernelReply(long Number);

internal sealed record PoolChosen(long Number, PoolChoice Choice) : KernelReply(Number);

internal sealed record BridgeEnsured(long Number, BridgeReport Report) : KernelReply(Number);

internal sealed record LinkConnected(long Number) : KernelReply(Number);

internal sealed record LinksSwept(long Number, string[] Deleted) : KernelReply(Number);

internal sealed record ResolverRead(long Number, HostResolver Resolver) : KernelReply(Number);

internal sealed record KernelFailed(long Number, ErrorCode Code, string Message, bool IsBridgeMissing, bool IsBusy = false)
    : KernelReply(Number);
