using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Troupe.Networks.Bridge;
using Troupe.Networks.Ipam;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Networks.Networks;

/// <summary>What shall be journalled, or why nothing is. No events and no rejection: it is so already.</summary>
internal sealed record Decision(IReadOnlyList<NetworkEvent> Events, CommandFailed? Rejection)
{
    public static Decision Nothing { get; } = new([], null);

    public static Decision Of(params NetworkEvent[] events) => new(events, null);

    public static Decision Reject(ErrorCode code, string message) => new([], new CommandFailed(code, message));
}

/// <summary>The network's decisions. Pure: time comes in, ids derive from the state.</summary>
internal static class NetworkDecider
{
    /// <summary>
    /// An address for the container's coming run. Reserved and not yet connected: the same again. Connected: an earlier run's, whose end
    /// was missed; its address is kept, but the link gets a new name, since the old veth may still be going.
    /// </summary>
    public static Decision Reserve(NetworkState state, ReserveEndpoint command, DateTimeOffset now)
    {
        if (state.Definition is not { } definition) return NotReady(command.NetworkId);
        var container = command.Container;
        if (state.Endpoints.TryGetValue(container, out var known))
        {
            if (!known.IsConnected) return Decision.Nothing;
            var renewed = known.Info with { EndpointId = EndpointId(state, definition, container) };
            return Decision.Of(
                new EndpointReleased(definition.Id, now, command.Cause, container),
                new EndpointReservationMade(definition.Id, now, command.Cause, container, renewed));
        }

        var subnet = Ipv4Subnet.Parse(definition.Subnet);
        var address = AddressAllocator.Allocate(subnet, Ipv4.Parse(definition.Gateway), state.NextAddress, state.Used);
        if (address is null)
        {
            return Decision.Reject(
                ErrorCode.ResourceExhausted,
                $"no available IPv4 addresses on this network's address pools: {definition.Name} ({definition.Id})");
        }

        var endpoint = new EndpointInfo(
            definition.Id, definition.Name, EndpointId(state, definition, container), Ipv4.Format(address.Value), subnet.PrefixLength,
            definition.Gateway, AddressAllocator.HardwareAddress(address.Value));
        return Decision.Of(new EndpointReservationMade(definition.Id, now, command.Cause, container, endpoint));
    }

    /// <summary>Whether the kernel work of a connection may begin.</summary>
    public static Decision Connect(NetworkState state, ConnectEndpoint command)
    {
        if (state.Definition is not { } definition) return NotReady(command.NetworkId);
        if (command.Pid <= 0) return Decision.Reject(ErrorCode.InvalidArgument, $"invalid pid {command.Pid}");
        return state.Endpoints.ContainsKey(command.Container)
            ? Decision.Nothing
            : Decision.Reject(
                ErrorCode.FailedPrecondition, $"container {command.Container.Short} has no endpoint on network {definition.Name}");
    }

    /// <summary>The kernel has done it, for the endpoint of that id. Nothing when the endpoint went in between.</summary>
    public static Decision Connected(
        NetworkState state, ContainerId container, string endpointId, Cause cause, DateTimeOffset now) =>
        state.Endpoints.TryGetValue(container, out var endpoint) && endpoint.Info.EndpointId == endpointId && !endpoint.IsConnected
            ? Decision.Of(new EndpointWasConnected(endpoint.Info.NetworkId, now, cause, container))
            : Decision.Nothing;

    public static Decision Release(NetworkState state, ContainerId container, Cause cause, DateTimeOffset now) =>
        state.Endpoints.TryGetValue(container, out var endpoint)
            ? Decision.Of(new EndpointReleased(endpoint.Info.NetworkId, now, cause, container))
            : Decision.Nothing;

    /// <summary>
    /// Releases the endpoints of containers that do not run, among those that the journal had before this start: what was reserved since is
    /// of a run that the sender may not know yet.
    /// </summary>
    public static Decision Reconcile(
        NetworkState state, IReadOnlySet<ContainerId> running, IReadOnlySet<ContainerId> recovered, Cause cause, DateTimeOffset now) =>
        new([.. state.Endpoints
            .Where(pair => recovered.Contains(pair.Key) && !running.Contains(pair.Key))
            .Select(pair => new EndpointReleased(pair.Value.Info.NetworkId, now, cause, pair.Key))], null);

    /// <summary>
    /// The network has no definition yet, or the operator configured another one since; that one is taken once no container is on the
    /// network.
    /// </summary>
    public static bool NeedsDefinition(NetworkState state, NetworksSettings settings)
    {
        if (state.Definition is not { } definition) return true;
        var isOther = (settings.Bip is { } bip && (definition.Subnet, definition.Gateway) != (bip.Subnet.ToString(), Ipv4.Format(bip.Address)))
            || (settings.Mtu != 0 && settings.Mtu != definition.Mtu);
        return isOther && state.Endpoints.IsEmpty;
    }

    /// <summary>The definition of the default bridge network, with the options that Docker shows for its own.</summary>
    public static NetworkCreated Define(
        string networkId, string name, string bridge, PoolChoice choice, DateTimeOffset createdAt, Cause cause, DateTimeOffset now)
    {
        var mtu = choice.Mtu.ToString(CultureInfo.InvariantCulture);
        var options = new Dictionary<string, string>
        {
            ["com.docker.network.bridge.default_bridge"] = "true",
            ["com.docker.network.bridge.enable_icc"] = "true",
            ["com.docker.network.bridge.enable_ip_masquerade"] = "true",
            ["com.docker.network.bridge.host_binding_ipv4"] = "0.0.0.0",
            ["com.docker.network.bridge.name"] = bridge,
            ["com.docker.network.driver.mtu"] = mtu,
        };
        return new NetworkCreated(networkId, now, cause, new NetworkDefinition(
            networkId, name, "bridge", choice.Gateway.Subnet.ToString(), Ipv4.Format(choice.Gateway.Address), choice.Mtu, [], options, createdAt));
    }

    // A run's own id: a link of the run before may still be going. Counted on while a live endpoint's link would have the same name.
    private static string EndpointId(NetworkState state, NetworkDefinition definition, ContainerId container)
    {
        var taken = state.Endpoints.Values.Select(e => e.Info.EndpointId[..KernelNames.EndpointDigits]).ToHashSet();
        for (var salt = 0; ; salt++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{definition.Id}:{container.Hex}:{state.Reservations}:{salt}");
            var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
            if (!taken.Contains(id[..KernelNames.EndpointDigits])) return id;
        }
    }

    private static Decision NotReady(string network) =>
        Decision.Reject(ErrorCode.Unavailable, $"network {network} is not ready yet");
}
