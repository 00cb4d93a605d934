using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Specs.Shim;

namespace Troupe.Runtime.Shim;

/// <summary>
/// The shim process: parent and subreaper of one container, one thread, one epoll. It outlives trouped, and ends when the
/// container is deleted, or when its exit is on disk and nobody is connected.
/// </summary>
internal sealed class ShimServer : IEventHandler, IDisposable
{
    private readonly EventLoop _loop = new();
    private readonly FileDescriptor _listener;
    private readonly EventSource _listenerSource;
    private readonly ShimTask _task;
    private readonly ShimRequests _requests;

    public ShimServer(ShimConfig config, FileDescriptor listener, ITaskRuntime runtime)
    {
        _listener = listener;
        DescriptorIo.SetNonBlocking(listener);
        _task = new ShimTask(_loop, config, runtime);
        _requests = new ShimRequests(_loop, _task);
        _listenerSource = new EventSource(_loop, listener, this);
        _listenerSource.Want(PollConditions.Readable);
    }

    /// <summary>Runs until the shim's work is done.</summary>
    public void Run() => _loop.Run(_task.FlushLog);

    public void OnReady(PollConditions conditions)
    {
        while (UnixListener.TryAccept(_listener) is { } connection)
        {
            if (_requests.Full) connection.Dispose();
            else _requests.Add(new ShimClient(_loop, connection, _requests));
        }
    }

    public void Dispose()
    {
        _task.Dispose();
        _loop.Dispose();
        _listener.Dispose();
    }
}
