using Akka.Actor;
using Troupe.Linux;
using Troupe.Linux.Netlink;
using Troupe.Networks.Bridge;
using Troupe.Protocol;

namespace Troupe.Networks.Networks;

/// <summary>
/// Calls the kernel for one network, one request after another, on the blocking dispatcher. An expected failure is a reply. At an
/// unexpected one the worker is restarted with fresh sockets, after its request was answered.
/// </summary>
internal sealed class NetworkWorkerActor : ReceiveActor
{
    private readonly Func<INetworkKernel> _open;
    private INetworkKernel? _kernel;

    public NetworkWorkerActor(Func<INetworkKernel> open)
    {
        _open = open;
        Receive<KernelRequest>(request => Context.Parent.Tell(Answer(request)));
    }

    public static Props Props(Func<INetworkKernel> open, string dispatcher) =>
        Akka.Actor.Props.Create(() => new NetworkWorkerActor(open)).WithDispatcher(dispatcher);

    protected override void PostStop() => _kernel?.Dispose();

    protected override void PreRestart(Exception reason, object message)
    {
        if (message is KernelRequest request)
            Context.Parent.Tell(new KernelFailed(request.Number, ErrorCode.Internal, reason.Message, IsBridgeMissing: false));
        base.PreRestart(reason, message);
    }

    private KernelReply Answer(KernelRequest request)
    {
        try
        {
            return Carry(request, _kernel ??= _open());
        }
        catch (NetworkKernelException exception)
        {
            return new KernelFailed(request.Number, exception.Code, exception.Message, exception.IsBridgeMissing, exception.IsBusy);
        }
        catch (IOException exception)
        {
            return new KernelFailed(request.Number, CodeOf(exception), exception.Message, IsBridgeMissing: false);
        }
        catch (UnauthorizedAccessException exception)
        {
            return new KernelFailed(request.Number, ErrorCode.PermissionDenied, exception.Message, IsBridgeMissing: false);
        }
    }

    private static KernelReply Carry(KernelRequest request, INetworkKernel kernel)
    {
        switch (request)
        {
            case ChoosePool choose: return new PoolChosen(choose.Number, kernel.ChoosePool(choose.Wish));
            case EnsureBridge ensure: return new BridgeEnsured(ensure.Number, kernel.EnsureBridge(ensure.Plan));
            case SweepLinks sweep: return new LinksSwept(sweep.Number, kernel.Sweep(sweep.Plan));
            case ReadResolver read: return new ResolverRead(read.Number, kernel.ReadResolver());
            case ConnectLink connect:
                kernel.Connect(connect.Plan);
                return new LinkConnected(connect.Number);
            default: throw new ArgumentException($"unknown kernel request {request.GetType().Name}");
        }
    }

    private static ErrorCode CodeOf(IOException exception)
    {
        var errno = exception switch
        {
            NetlinkException netlink => netlink.Errno,
            LinuxException linux => linux.Errno,
            _ => default,
        };
        if (errno == Errno.EPERM || errno == Errno.EACCES) return ErrorCode.PermissionDenied;
        if (errno == Errno.ETIMEDOUT) return ErrorCode.Unavailable;
        return errno == Errno.ENOMEM || errno == Errno.ENFILE || errno == Errno.EMFILE || errno == Errno.ENOSPC
            ? ErrorCode.ResourceExhausted
            : ErrorCode.Internal;
    }
}
