using Akka.Actor;
using Akka.Event;
using Troupe.Images.Layers;
using Troupe.Images.Pulls;
using Troupe.Linux.Files;
using Troupe.Specs;

namespace Troupe.Images;

/// <summary>
/// Long work on the disk that nobody waits for: deleting trees that are out of sight, flushing new layers. What it does not finish, the next
/// start does. Runs on the blocking dispatcher.
/// </summary>
internal sealed class DiskWorkerActor : ReceiveActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public static Props Props(LayerStore layers, ImagesSettings settings) =>
        Akka.Actor.Props.Create(() => new DiskWorkerActor(layers)).WithDispatcher(settings.BlockingDispatcher);

    public DiskWorkerActor(LayerStore layers)
    {
        Receive<DeleteTrash>(message => Try(message.Path, () => FileTree.Remove(message.Path)));
        Receive<FlushLayers>(message => Try("layers", () => layers.MakeDurable(message.Chains)));
    }

    private void Try(string subject, Action work)
    {
        try
        {
            work();
        }
        catch (IOException e)
        {
            _log.Warning("{0}: {1}", subject, e.Message);
        }
    }

    /// <summary>A directory that is out of sight.</summary>
    internal sealed record DeleteTrash(string Path) : IImagesMessage;

    /// <summary>Layers that a power cut may still hurt.</summary>
    internal sealed record FlushLayers(ChainId[] Chains) : IImagesMessage;
}
