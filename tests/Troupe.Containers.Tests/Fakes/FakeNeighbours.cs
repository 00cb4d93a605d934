using Akka.Actor;
using Troupe.Protocol;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Protocol.Networks;

namespace Troupe.Containers.Tests.Fakes;

/// <summary>Images, networks and scheduler in one: each answers as its area promises, with the <see cref="World"/> as its memory.</summary>
internal sealed class FakeNeighbours : ReceiveActor
{
    private readonly World _world;
    private readonly int _epoch;

    public static Props Props(World world, int epoch) => Akka.Actor.Props.Create(() => new FakeNeighbours(world, epoch));

    public FakeNeighbours(World world, int epoch)
    {
        _world = world;
        _epoch = epoch;
        Receive<ResolveImage>(_ => Sender.Tell(Samples.Image(world.ImageConfig)));
        Receive<PrepareSnapshot>(c => Do("layer", () => world.Layers.Add(c.Container), new SnapshotPrepared(c.Container, [])));
        Receive<RemoveSnapshot>(c => Do("layer gone", () => world.Layers.Remove(c.Container), CommandDone.Instance));
        Receive<ReserveEndpoint>(c => Do(
            "reserve", () => world.Endpoints.Add(c.Container), new EndpointReserved(c.Container, Endpoint, 1500, ["10.0.0.1"])));
        Receive<ConnectEndpoint>(c => Do("connect", () => true, new EndpointConnected(c.Container, Endpoint)));
        Receive<ReleaseEndpoint>(c => Do("release", () => world.Endpoints.Remove(c.Container), CommandDone.Instance));
        Receive<ReleasePlacement>(c => Do("name", () => world.ReleasedNames.Add(c.Container), CommandDone.Instance));
        Receive<ReconcileSnapshots>(c => world.Read(() => world.Layers.RemoveWhere(id => !c.Known.Contains(id))));
        Receive<ReconcileEndpoints>(c => world.Read(() => world.Endpoints.RemoveWhere(id => !c.Running.Contains(id))));
    }

    public static EndpointInfo Endpoint { get; } = new("n", "bridge", "e", "10.0.0.2", 24, "10.0.0.1", "02:00:00:00:00:01");

    private void Do(string name, Func<bool> change, object answer)
    {
        if (name == _world.Failing)
        {
            Sender.Tell(new CommandFailed(_world.FailingCode, $"no {name}"));
            return;
        }

        _world.Step(_epoch, name, change).PipeTo(Sender, success: _ => answer);
    }
}
