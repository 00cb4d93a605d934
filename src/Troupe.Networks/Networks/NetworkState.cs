using System.Collections.Immutable;
using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Networks.Networks;

internal sealed record Endpoint(EndpointInfo Info, bool IsConnected);

/// <summary>A network as its journal tells it. Immutable; changed by <see cref="Apply"/> only.</summary>
internal sealed record NetworkState(
    NetworkDefinition? Definition, ImmutableDictionary<ContainerId, Endpoint> Endpoints, ImmutableHashSet<uint> Used, uint NextAddress,
    long Reservations)
{
    public static NetworkState Empty { get; } =
        new(null, ImmutableDictionary<ContainerId, Endpoint>.Empty, ImmutableHashSet<uint>.Empty, 0, 0);

    /// <summary>Total: an event of an unknown kind (a later version's) changes nothing.</summary>
    public NetworkState Apply(NetworkEvent happened) => happened switch
    {
        NetworkCreated created => this with { Definition = created.Definition, NextAddress = 0 },
        EndpointReservationMade made => Reserve(made.Container, made.Endpoint),
        EndpointWasConnected connected => Connect(connected.Container),
        EndpointReleased released => Release(released.Container),
        _ => this,
    };

    public NetworkView View() =>
        new(Definition ?? throw new InvalidOperationException("The network has no definition yet."), [.. Endpoints.Values.Select(e => e.Info)]);

    /// <summary>Names of the links that live endpoints own.</summary>
    public ImmutableHashSet<string> Links(string instance) =>
        [.. Endpoints.Values.Select(endpoint => KernelNames.Veth(instance, endpoint.Info.EndpointId))];

    public NetworkSnapshot? Snapshot() => Definition is null
        ? null
        : new NetworkSnapshot(
            Definition,
            [.. Endpoints.Select(pair => new EndpointSnapshot(pair.Key, pair.Value.Info, pair.Value.IsConnected))],
            NextAddress == 0 ? "" : Ipv4.Format(NextAddress),
            Reservations);

    public static NetworkState Of(NetworkSnapshot snapshot)
    {
        var endpoints = snapshot.Endpoints.ToImmutableDictionary(e => e.Container, e => new Endpoint(e.Endpoint, e.IsConnected));
        return new NetworkState(
            snapshot.Definition,
            endpoints,
            [.. endpoints.Values.Select(endpoint => Ipv4.Parse(endpoint.Info.Address))],
            snapshot.NextAddress.Length == 0 ? 0 : Ipv4.Parse(snapshot.NextAddress),
            snapshot.Reservations);
    }

    private NetworkState Reserve(ContainerId container, EndpointInfo endpoint)
    {
        var address = Ipv4.Parse(endpoint.Address);
        return this with
        {
            Endpoints = Endpoints.SetItem(container, new Endpoint(endpoint, IsConnected: false)),
            Used = Used.Add(address),
            NextAddress = address + 1,
            Reservations = Reservations + 1,
        };
    }

    private NetworkState Connect(ContainerId container) => Endpoints.TryGetValue(container, out var endpoint)
        ? this with { Endpoints = Endpoints.SetItem(container, endpoint with { IsConnected = true }) }
        : this;

    private NetworkState Release(ContainerId container) => Endpoints.TryGetValue(container, out var endpoint)
        ? this with { Endpoints = Endpoints.Remove(container), Used = Used.Remove(Ipv4.Parse(endpoint.Info.Address)) }
        : this;
}
