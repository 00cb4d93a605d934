using Akka.Actor;
using Akka.Event;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;

namespace Troupe.Daemon.Node;

/// <summary>The other parts that a creation talks to.</summary>
internal sealed record CreationNeighbours(IActorRef Scheduler, IActorRef Containers, IActorRef Images);

/// <summary>
/// One creation, from the wish to the admitted container. Ends after its reply.
/// <code>
///   Resolving --image--> Placing --name, node, generation--> Admitting --created--> reply
///       |                   |                                    |--refused--> place given back, reply
///       +--no such image----+--name taken----------------------> reply
/// </code>
/// The wish goes to the container's actor as it is, which merges it with the image's configuration. Nothing is undone after a deadline in Admitting: the outcome is not known then. A container that came to be keeps its place; a
/// place without one is found by the node agent's reconciliation.
/// </summary>
internal sealed class CreationActor : ReceiveActor
{
    private readonly CreateContainer _wish;
    private readonly IActorRef _client;
    private readonly CreationNeighbours _neighbours;
    private ImageView? _image;

    public static Props Props(CreateContainer wish, IActorRef client, CreationNeighbours neighbours) =>
        Akka.Actor.Props.Create(() => new CreationActor(wish, client, neighbours));

    public CreationActor(CreateContainer wish, IActorRef client, CreationNeighbours neighbours)
    {
        _wish = wish;
        _client = client;
        _neighbours = neighbours;
        Resolving();
    }

    protected override void PreStart()
    {
        _neighbours.Images.Tell(new ResolveImage(_wish.Spec.Image));
        SetReceiveTimeout(Limits.TimeoutResolveImage);
    }

    private void Resolving()
    {
        Receive<ImageView>(OnImage);
        Receive<CommandFailed>(Finish);
        Receive<ReceiveTimeout>(_ => Finish(Late("the images")));
    }

    private void Placing()
    {
        Receive<ContainerPlaced>(OnPlaced);
        Receive<CommandFailed>(Finish);
        Receive<ReceiveTimeout>(_ => Finish(Late("the scheduler")));
    }

    private void Admitting()
    {
        Receive<ContainerCreatedResult>(Finish);
        Receive<CommandFailed>(refused =>
        {
            // Unavailable: the row may have been written. Everything else is a refusal, and nothing was.
            if (refused.Code != ErrorCode.Unavailable) _neighbours.Scheduler.Tell(new ReleasePlacement(_wish.Cause, _wish.Id), ActorRefs.NoSender);
            Finish(refused);
        });
        Receive<ReceiveTimeout>(_ => Finish(Late("the containers")));
    }

    private void OnImage(ImageView image)
    {
        _image = image;
        Become(Placing);
        SetReceiveTimeout(Limits.TimeoutScheduler);
        _neighbours.Scheduler.Tell(new PlaceContainer(_wish.Cause, _wish.Id, _wish.Name, _wish.Spec.Image));
    }

    private void OnPlaced(ContainerPlaced placed)
    {
        Context.GetLogger().Debug("container {0}: placed on node {1} as {2}, generation {3}", _wish.Id, placed.NodeId, placed.Name, placed.Generation);
        Become(Admitting);
        SetReceiveTimeout(Limits.TimeoutAdmit);
        _neighbours.Containers.Tell(new AdmitContainer(
            _wish.Id, _wish.Cause, placed.Name, placed.Generation, _image!.Id, _image.ChainIds, _wish.Spec));
    }

    private void Finish(object reply)
    {
        _client.Tell(reply);
        Context.Stop(Self);
    }

    private static CommandFailed Late(string who) =>
        new(ErrorCode.Unavailable, $"{who} did not answer in time, the outcome of the creation is not known");
}
