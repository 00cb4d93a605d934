using Akka.Actor;
using Akka.Configuration;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Images;

namespace Troupe.Images.Tests;

/// <summary>A scheduler's image references in memory: they survive the actor systems of one test.</summary>
public sealed class TestScheduler : ReceiveActor
{
    public TestScheduler(Dictionary<string, ImageReferenceRecord> records)
    {
        Receive<ListImageReferences>(_ => Sender.Tell(new ImageReferences([.. records.Values])));
        Receive<PutImageReference>(put =>
        {
            records[put.Record.Reference] = put.Record;
            Sender.Tell(CommandDone.Instance);
        });
        Receive<RemoveImageReference>(remove =>
        {
            records.Remove(remove.Reference);
            Sender.Tell(CommandDone.Instance);
        });
    }
}

/// <summary>The real image side over a temporary data root: real disk, real actors, real HTTP.</summary>
public sealed class ImagesHarness : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    private const string Hocon = """
        akka.loglevel = WARNING
        akka.stdout-loglevel = WARNING
        akka.actor.serialize-messages = off
        actors.blocking-dispatcher { type = ForkJoinDispatcher, throughput = 1, dedicated-thread-pool { thread-count = 4, threadtype = background } }
        actors.unpack-dispatcher { type = PinnedDispatcher }
        """;

    private readonly bool _ownsRoot;
    private ActorSystem _system = null!;
    private ImagesParts _parts = null!;

    public ImagesHarness(ImagesSettings? settings = null, string? root = null)
    {
        _ownsRoot = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("troupe-images-").FullName;
        Settings = (settings ?? DefaultSettings()) with { DataRoot = Root };
        Start();
    }

    public string Root { get; }

    public ImagesSettings Settings { get; }

    public Dictionary<string, ImageReferenceRecord> References { get; } = [];

    public IActorRef Images { get; private set; } = null!;

    public ImagesParts Parts => _parts;

    public static ImagesSettings DefaultSettings() => new()
    {
        DataRoot = "/", DelayRetry = TimeSpan.FromMilliseconds(20), TimeoutStall = TimeSpan.FromSeconds(1),
    };

    public async Task RestartAsync()
    {
        await StopAsync();
        Start();
    }

    public async Task<(List<PullProgress> Progress, object Result)> PullAsync(string reference, RegistryAuth? auth = null, PlatformSpec? platform = null)
    {
        var inbox = Inbox.Create(_system);
        inbox.Send(Images, new PullImage(Cause.Engine("test"), reference, platform, auth));
        var progress = new List<PullProgress>();
        while (true)
        {
            switch (await inbox.ReceiveAsync(Deadline))
            {
                case PullProgress line:
                    progress.Add(line);
                    break;
                case Status.Failure failure:
                    throw failure.Cause;
                case var result:
                    return (progress, result);
            }
        }
    }

    /// <summary>An actor below the front one.</summary>
    public ActorSelection Select(string path) => _system.ActorSelection("/user/images/" + path);

    /// <summary>Tells one of the actors below, and waits for an answer of that kind; others are passed over.</summary>
    public async Task<T> ReceiveAsync<T>(string path, object message)
    {
        var inbox = Inbox.Create(_system);
        Select(path).Tell(message, inbox.Receiver);
        while (true)
        {
            if (await inbox.ReceiveAsync(Deadline) is var answer && answer is T wanted) return wanted;
            if (answer is Status.Failure failure) throw failure.Cause;
        }
    }

    public Task<object> AskAsync(object message) => Images.Ask<object>(message, Deadline);

    public async Task<T> AskAsync<T>(object message) => Assert.IsType<T>(await AskAsync(message));

    public async Task<ImageView> ResolveAsync(string name) => await AskAsync<ImageView>(new ResolveImage(name));

    public string LayerDirectory(Specs.Digest chain) => Path.Combine(Root, "layers", chain.Hex, "fs");

    /// <summary>Blobs, layers and ingests on disk: what a failed pull must not leave.</summary>
    public (int Blobs, int Layers, int Ingests) Count()
    {
        var layers = Directory.GetDirectories(Path.Combine(Root, "layers")).Count(d => Path.GetFileName(d) != "empty");
        return (Directory.GetFiles(Path.Combine(Root, "content/blobs/sha256")).Length, layers, Directory.GetFiles(Path.Combine(Root, "content/ingest")).Length);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsRoot) Linux.Files.FileTree.Remove(Root);
    }

    private void Start()
    {
        _system = ActorSystem.Create("images-test", ConfigurationFactory.ParseString(Hocon));
        _parts = new ImagesParts(Settings);
        var scheduler = _system.ActorOf(Props.Create(() => new TestScheduler(References)));
        Images = _system.ActorOf(_parts.ImagesActor(scheduler), "images");
    }

    private async Task StopAsync()
    {
        await _system.Terminate();
        _parts.Dispose();
    }
}
