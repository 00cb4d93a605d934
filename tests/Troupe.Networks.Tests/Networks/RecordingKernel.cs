using System.Collections.Concurrent;
using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;
using Troupe.Networks.Resolver;
using Troupe.Protocol;

namespace Troupe.Networks.Tests.Networks;

/// <summary>
/// A host's kernel as far as networks see it, kept in memory and shared by all the kernels opened on it, so that it outlives an actor
/// system as the real one does. Calls are recorded; a call can be made to fail, or to stop before or after its effect.
/// </summary>
internal sealed class RecordingHost
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _links = [];
    private bool _hasBridge;

    public ConcurrentQueue<string> Calls { get; } = [];

    public int Opened => _opened;

    /// <summary>Given the call's name before its effect; may throw or block.</summary>
    public Action<string> Before { get; set; } = _ => { };

    /// <summary>Given the call's name after its effect; may throw or block.</summary>
    public Action<string> After { get; set; } = _ => { };

    private int _opened;

    public string[] Links
    {
        get
        {
            lock (_lock) return [.. _links.Order()];
        }
    }

    public INetworkKernel Open()
    {
        Interlocked.Increment(ref _opened);
        return new Kernel(this);
    }

    public void DeleteBridge()
    {
        lock (_lock) _hasBridge = false;
    }

    public void AddLink(string name)
    {
        lock (_lock) _links.Add(name);
    }

    private T Call<T>(string name, Func<T> effect)
    {
        Calls.Enqueue(name);
        Before(name);
        T result;
        lock (_lock) result = effect();
        After(name);
        return result;
    }

    private sealed class Kernel(RecordingHost host) : INetworkKernel
    {
        public PoolChoice ChoosePool(PoolWish wish) => host.Call("choose", () =>
            new PoolChoice(wish.Fixed ?? PoolChooser.Choose(wish.Pools, [])!.Value, wish.Mtu == 0 ? 1500 : wish.Mtu));

        public BridgeReport EnsureBridge(BridgePlan plan) => host.Call("bridge", () =>
        {
            var wasCreated = !host._hasBridge;
            host._hasBridge = true;
            return new BridgeReport(wasCreated, WasForwardingEnabled: wasCreated, []);
        });

        public void Connect(LinkPlan plan) => host.Call("connect", () =>
        {
            if (!host._hasBridge) throw new NetworkKernelException(ErrorCode.Unavailable, "bridge is gone") { IsBridgeMissing = true };
            return host._links.Add(plan.Link);
        });

        public string[] Sweep(SweepPlan plan) => host.Call("sweep", () =>
        {
            string[] leaked = [.. host._links.Where(link => !plan.Owned.Contains(link))];
            host._links.ExceptWith(leaked);
            return leaked;
        });

        public HostResolver ReadResolver() =>
            host.Call("resolver", () => new HostResolver(["10.0.0.53"], ["example"], ["ndots:1"]));

        public void Dispose()
        {
        }
    }
}
