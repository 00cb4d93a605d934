using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Protocol.Networks;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Gateway.Tests.Fakes;

/// <summary>All ports of the gateway in memory: a node with images and containers that does what its messages say.</summary>
public sealed class FakeNode
    : IEngine, IContainerIndex, IContainerStreams, ILogSource, IEventSource, INodeInfo, IEntityLocator, INodeChannel
{
    public const string Id = "node-1";
    private readonly ConcurrentDictionary<ContainerId, FakeContainer> _containers = new();
    private readonly List<Channel<EngineEvent>> _listeners = [];
    private readonly List<EngineEvent> _events = [];
    private readonly Lock _gate = new();
    private int _logReaders;
    private int _eventReaders;
    private int _waiters;

    /// <summary>Every message that the engine got.</summary>
    public ConcurrentQueue<object> Asked { get; } = new();

    /// <summary>Answers instead of the node when it returns something.</summary>
    public Func<object, object?>? Override { get; set; }

    /// <summary>What a container does when started. Ends with the exit code.</summary>
    public Func<FakeContainer, Task<int>> Program { get; set; } = Programs.Run;

    /// <summary>When events happen.</summary>
    public Func<DateTimeOffset> Now { get; set; } = () => DateTimeOffset.UtcNow;

    public List<ImageView> Images { get; } = [FakeImages.Busybox];

    public Func<PullImage, IAsyncEnumerable<object>>? Pull { get; set; }

    /// <summary>Readers of logs that are open now.</summary>
    public int LogReaders => Volatile.Read(ref _logReaders);

    public int EventReaders => Volatile.Read(ref _eventReaders);

    public int Waiters => Volatile.Read(ref _waiters);

    public ICollection<FakeContainer> Containers => _containers.Values;

    public IReadOnlyCollection<ContainerView> All => [.. _containers.Values.Select(c => c.View)];

    public bool IsReady => true;

    public GatewayParts Parts(TimeProvider? time = null) => new(this, this, this, this, this, this, this, this, time ?? TimeProvider.System);

    public FakeContainer Container(string name) => _containers.Values.First(c => c.View.Name == name);

    public FakeContainer Add(ContainerView view) => _containers[view.Id] = new FakeContainer(view);

    public ContainerView? Find(ContainerId id) => _containers.GetValueOrDefault(id)?.View;

    public NodeDescription Describe() => new(
        Id, "testnode", "0.1.0", "/var/lib/troupe", ["zone=a"], ["10.0.0.0/8", "reg:5000"], [], false,
        DateTimeOffset.UnixEpoch, "2", ["name=seccomp,profile=builtin"]);

    public ContainerLocation? Locate(string idOrName)
    {
        var name = idOrName.TrimStart('/');
        var byName = _containers.Values.FirstOrDefault(c => c.View.Name == name || c.View.Id.Hex == name);
        if (byName is not null) return new ContainerLocation(byName.View.Id, Id);
        var byPrefix = _containers.Keys.Where(id => id.Hex.StartsWith(name, StringComparison.Ordinal)).ToArray();
        if (byPrefix.Length > 1) throw new AmbiguousIdException(name);
        return byPrefix.Length == 1 ? new ContainerLocation(byPrefix[0], Id) : null;
    }

    public IContainerStreams Streams(string nodeId) => this;

    public ILogSource Logs(string nodeId) => this;

    public ValueTask<IAttachedStream> AttachAsync(ContainerId id, AttachOptions options, CancellationToken cancel) =>
        ValueTask.FromResult(_containers[id].Attach(options));

    public async IAsyncEnumerable<LogRecord> ReadAsync(ContainerId id, LogOptions options, [EnumeratorCancellation] CancellationToken cancel)
    {
        Interlocked.Increment(ref _logReaders);
        try
        {
            var container = _containers[id];
            var chunks = container.Written().Where(c => c.Stream == StdStream.Stdout ? options.Stdout : options.Stderr).ToArray();
            foreach (var chunk in options.Tail is { } tail ? chunks.TakeLast(tail) : chunks)
            {
                yield return new LogRecord(chunk.Stream, DateTimeOffset.UnixEpoch.AddSeconds(1.5), chunk.Data);
            }

            if (!options.Follow) yield break;
            await using var live = container.Attach(new AttachOptions(false, options.Stdout, options.Stderr, Replay: false));
            while (await live.ReadAsync(cancel) is { } chunk) yield return new LogRecord(chunk.Stream, DateTimeOffset.UnixEpoch, chunk.Data);
        }
        finally
        {
            Interlocked.Decrement(ref _logReaders);
        }
    }

    public async IAsyncEnumerable<EngineEvent> ReadAsync(
        DateTimeOffset? since, DateTimeOffset? until, [EnumeratorCancellation] CancellationToken cancel)
    {
        var live = Channel.CreateUnbounded<EngineEvent>();
        EngineEvent[] past;
        lock (_gate)
        {
            past = since is null ? [] : [.. _events.Where(e => e.At >= since && (until is null || e.At <= until))];
            _listeners.Add(live);
        }

        Interlocked.Increment(ref _eventReaders);
        try
        {
            foreach (var e in past) yield return e;
            if (until is not null && until < DateTimeOffset.UtcNow) yield break;
            await foreach (var e in live.Reader.ReadAllAsync(cancel)) yield return e;
        }
        finally
        {
            Interlocked.Decrement(ref _eventReaders);
            lock (_gate) _listeners.Remove(live);
        }
    }

    public void Emit(string type, string action, string actor, params (string Key, string Value)[] attributes)
    {
        lock (_gate)
        {
            var e = new EngineEvent(Id, _events.Count + 1, Now(), type, action, actor, attributes.ToDictionary(a => a.Key, a => a.Value));
            _events.Add(e);
            foreach (var listener in _listeners) listener.Writer.TryWrite(e);
        }
    }

    public Task<object> AskAsync(object message, TimeSpan timeout, CancellationToken cancel)
    {
        Asked.Enqueue(message);
        return Override?.Invoke(message) is { } answer ? Task.FromResult(answer) : AnswerAsync(message);
    }

    public IAsyncEnumerable<object> StreamAsync(object message, CancellationToken cancel)
    {
        Asked.Enqueue(message);
        if (Override?.Invoke(message) is { } answer) return One(answer);
        return message switch
        {
            WaitContainer wait => WaitAsync(wait, cancel),
            PullImage pull => Pull?.Invoke(pull) ?? One(new CommandFailed(ErrorCode.NotFound, $"manifest for {pull.Reference} not found")),
            _ => throw new InvalidOperationException(message.GetType().Name),
        };
    }

    private static async IAsyncEnumerable<object> One(object answer)
    {
        await Task.CompletedTask;
        yield return answer;
    }

    private async IAsyncEnumerable<object> WaitAsync(WaitContainer wait, [EnumeratorCancellation] CancellationToken cancel)
    {
        Interlocked.Increment(ref _waiters);
        try
        {
            yield return new WaitRegistered(wait.Id, 1);
            var code = await _containers[wait.Id].Exit.Task.WaitAsync(cancel);
            yield return new ContainerWaitResult(wait.Id, code, null);
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }

    private async Task<object> AnswerAsync(object message)
    {
        switch (message)
        {
            case CreateContainer create: return Create(create);
            case StartContainer start: return Start(_containers[start.Id]);
            case KillContainer kill: return Kill(_containers[kill.Id], kill.Signal);
            case StopContainer stop:
                if (!ContainerIsRunning(stop.Id)) return new CommandFailed(ErrorCode.NotModified, "not running");
                Kill(_containers[stop.Id], 15);
                await _containers[stop.Id].Exit.Task;
                return CommandDone.Instance;
            case RemoveContainer remove:
                if (ContainerIsRunning(remove.Id) && !remove.Force)
                {
                    return new CommandFailed(ErrorCode.FailedPrecondition, "cannot remove container: container is running");
                }

                _containers.TryRemove(remove.Id, out _);
                return CommandDone.Instance;
            case ResizeContainer resize:
                _containers[resize.Id].Resize(resize.Rows, resize.Columns);
                return CommandDone.Instance;
            case AttachContainer: return CommandDone.Instance;
            case ListImages: return new ImageList([.. Images]);
            case ResolveImage resolve: return FindImage(resolve.NameOrId);
            case RemoveImage remove:
                if (FindImage(remove.NameOrId) is not ImageView image) return FindImage(remove.NameOrId);
                Images.Remove(image);
                return new ImageRemovedResult(image.RepoTags, [image.Id.ToString()]);
            case ListNetworks: return new NetworkList([FakeImages.Bridge]);
            default: throw new InvalidOperationException(message.GetType().Name);
        }
    }

    private bool ContainerIsRunning(ContainerId id) => _containers[id].View.Status == ContainerStatus.Running;

    private object FindImage(string name) =>
        Images.FirstOrDefault(i => i.RepoTags.Contains(name) || i.RepoTags.Contains(name + ":latest") || i.Id.ToString() == name || i.Id.Hex.StartsWith(name, StringComparison.Ordinal))
        ?? (object)new CommandFailed(ErrorCode.NotFound, $"No such image: {(name.Contains(':') ? name : name + ":latest")}");

    private object Create(CreateContainer create)
    {
        if (FindImage(create.Spec.Image) is not ImageView image) return FindImage(create.Spec.Image);
        var name = create.Name.Length > 0 ? create.Name : "happy_" + create.Id.Short;
        if (_containers.Values.FirstOrDefault(c => c.View.Name == name) is { } taken)
        {
            return new CommandFailed(
                ErrorCode.AlreadyExists,
                $"Conflict. The container name \"/{name}\" is already in use by container \"{taken.View.Id}\". You have to remove (or rename) that container to be able to reuse that name.");
        }

        Add(FakeImages.View(create.Id, name, create.Spec, image.Id, ContainerStatus.Created));
        Emit("container", "create", create.Id.Hex, ("image", create.Spec.Image), ("name", name));
        return new ContainerCreatedResult(create.Id, []);
    }

    private object Start(FakeContainer container)
    {
        if (container.View.Status == ContainerStatus.Running) return new CommandFailed(ErrorCode.NotModified, "running");
        container.View = container.View with { Status = ContainerStatus.Running, StartedAt = DateTimeOffset.UtcNow, Pid = 4242 };
        Emit("container", "start", container.View.Id.Hex, ("image", container.View.Spec.Image), ("name", container.View.Name));
        _ = RunAsync(container);
        return CommandDone.Instance;
    }

    private async Task RunAsync(FakeContainer container)
    {
        var code = await Program(container);
        container.View = container.View with { Status = ContainerStatus.Exited, FinishedAt = DateTimeOffset.UtcNow, ExitCode = code };
        Emit("container", "die", container.View.Id.Hex, ("exitCode", code.ToString()), ("image", container.View.Spec.Image), ("name", container.View.Name));
        if (container.View.Spec.Host.AutoRemove) _containers.TryRemove(container.View.Id, out _);
        container.End(code);
    }

    private static object Kill(FakeContainer container, int signal)
    {
        if (container.View.Status != ContainerStatus.Running)
        {
            return new CommandFailed(
                ErrorCode.FailedPrecondition, $"Container {container.View.Id} is not running");
        }

        container.Killed.TrySetResult(signal);
        return CommandDone.Instance;
    }
}

/// <summary>What the containers of tests run.</summary>
public static class Programs
{
    public static async Task<int> Run(FakeContainer container)
    {
        string[] command = [.. container.View.Spec.Entrypoint ?? [], .. container.View.Spec.Cmd ?? []];
        switch (command)
        {
            case ["echo", .. var words]:
                container.Write(StdStream.Stdout, Encoding.UTF8.GetBytes(string.Join(' ', words) + "\n"));
                return 0;
            case ["both"]:
                container.Write(StdStream.Stdout, "to stdout\n"u8.ToArray());
                container.Write(StdStream.Stderr, "to stderr\n"u8.ToArray());
                return 7;
            case ["cat"]:
                await foreach (var piece in container.Stdin.Reader.ReadAllAsync()) container.Write(StdStream.Stdout, piece);
                return 0;
            case ["count"]:
                long count = 0;
                await foreach (var piece in container.Stdin.Reader.ReadAllAsync()) count += piece.Length;
                container.Write(StdStream.Stdout, Encoding.UTF8.GetBytes($"{count} bytes\n"));
                return 0;
            case ["sleep", ..]:
                return 128 + await container.Killed.Task;
            default:
                return 0;
        }
    }
}
