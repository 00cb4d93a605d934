using System.Globalization;
using Troupe.Api.Json;
using Troupe.Api.Networks;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Networks;

namespace Troupe.Gateway.Networks;

/// <summary>A network as Docker shows it. Pure.</summary>
internal static class NetworkMapping
{
    private const string NullDriver = "null";

    /// <param name="isDetailed">With the containers on it: since API 1.28 only when one network is asked for.</param>
    public static NetworkInspect Inspect(NetworkView network, IEnumerable<ContainerView> containers, bool isDetailed)
    {
        var definition = network.Definition;
        return new NetworkInspect
        {
            Name = definition.Name,
            Id = definition.Id,
            Created = GoTime.Format(definition.CreatedAt),
            Scope = "local",
            Driver = definition.Driver == "none" ? NullDriver : definition.Driver,
            EnableIpv4 = true,
            Ipam = new NetworkIpam { Driver = "default", Config = Addresses(definition) },
            Containers = isDetailed ? Containers(definition.Id, containers) : [],
            Options = definition.Options,
            Labels = definition.Labels,
        };
    }

    private static NetworkIpamConfig[] Addresses(NetworkDefinition definition) => definition.Subnet.Length == 0
        ? []
        : [new NetworkIpamConfig { Subnet = definition.Subnet, Gateway = definition.Gateway.Length > 0 ? definition.Gateway : null }];

    private static Dictionary<string, NetworkContainer> Containers(string networkId, IEnumerable<ContainerView> containers)
    {
        var found = new SortedDictionary<string, NetworkContainer>(StringComparer.Ordinal);
        foreach (var container in containers)
        {
            var endpoint = container.Endpoints.FirstOrDefault(e => e.NetworkId == networkId);
            if (endpoint is null || !Troupe.Gateway.Containers.ContainerWords.IsRunning(container)) continue;
            found[container.Id.Hex] = new NetworkContainer
            {
                Name = container.Name,
                EndpointId = endpoint.EndpointId,
                MacAddress = endpoint.MacAddress,
                Ipv4Address = string.Create(CultureInfo.InvariantCulture, $"{endpoint.Address}/{endpoint.PrefixLength}"),
            };
        }

        return found.ToDictionary(StringComparer.Ordinal);
    }
}
