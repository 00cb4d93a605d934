using Troupe.Api.Containers;
using Troupe.Api.Networks;
using Troupe.Gateway.Http;
using Troupe.Protocol;

namespace Troupe.Gateway.Containers;

/// <summary>
/// What a create request may ask of Docker but not of this version. Asked for, it is refused; a zero value asks for nothing. What
/// the containers' own checks know (Init, restart policy, log driver, ...) is left to them.
/// </summary>
internal static class UnsupportedOptions
{
    /// <exception cref="ApiException">Unimplemented, naming the option.</exception>
    public static void Refuse(ContainerCreateRequest request)
    {
        foreach (var (option, isAsked) in Config(request).Concat(Host(request.HostConfig ?? new HostConfig()))) Refuse(option, isAsked);
        var endpoints = request.NetworkingConfig?.EndpointsConfig ?? [];
        Refuse("NetworkingConfig.EndpointsConfig with several networks", endpoints.Count > 1);
        foreach (var (network, endpoint) in endpoints) RefuseEndpoint(network, endpoint);
    }

    private static IEnumerable<(string Option, bool IsAsked)> Config(ContainerCreateRequest request) =>
    [
        ("Healthcheck", request.Healthcheck?.Test is { Length: > 0 } test && test[0] != "NONE" || HasTimes(request.Healthcheck)),
        ("Volumes", request.Volumes is { Count: > 0 }),
        ("MacAddress", request.MacAddress is { Length: > 0 }),
        ("NetworkDisabled", request.NetworkDisabled && request.HostConfig?.NetworkMode is not "none"),
    ];

    private static IEnumerable<(string Option, bool IsAsked)> Host(HostConfig host) =>
    [
        ("HostConfig.Binds", Any(host.Binds)),
        ("HostConfig.Mounts", host.Mounts is { Length: > 0 }),
        ("HostConfig.VolumesFrom", Any(host.VolumesFrom)),
        ("HostConfig.VolumeDriver", host.VolumeDriver.Length > 0),
        ("HostConfig.PortBindings", host.PortBindings is { Count: > 0 }),
        ("HostConfig.PublishAllPorts", host.PublishAllPorts),
        ("HostConfig.Links", Any(host.Links)),
        ("HostConfig.Devices", host.Devices is { Length: > 0 }),
        ("HostConfig.DeviceRequests", host.DeviceRequests is { Length: > 0 }),
        ("HostConfig.DeviceCgroupRules", Any(host.DeviceCgroupRules)),
        ("HostConfig.RestartPolicy", host.RestartPolicy.Name is not ("" or "no")),
        ("HostConfig.StorageOpt", host.StorageOpt is { Count: > 0 }),
        ("HostConfig.Annotations", host.Annotations is { Count: > 0 }),
        ("HostConfig.UsernsMode", host.UsernsMode is not ("" or "host")),
        ("HostConfig.Cgroup", host.Cgroup.Length > 0),
        ("HostConfig.BlkioWeight", host.BlkioWeight != 0 || host.BlkioWeightDevice is { Length: > 0 }),
        ("HostConfig.BlkioDevice limits", Throttles(host).Any(t => t is { Length: > 0 })),
        ("HostConfig.CpuRealtimePeriod and CpuRealtimeRuntime", host.CpuRealtimePeriod != 0 || host.CpuRealtimeRuntime != 0),
        ("HostConfig.MemorySwappiness", host.MemorySwappiness is not (null or -1)),
        ("HostConfig.KernelMemoryTCP", host.KernelMemoryTcp != 0),
        ("HostConfig.Isolation", host.Isolation is not ("" or "default")),
        ("HostConfig.CpuCount, CpuPercent and IOMaximum", host.CpuCount != 0 || host.CpuPercent != 0 || host.IOMaximumIOps != 0 || host.IOMaximumBandwidth != 0),
    ];

    private static IEnumerable<ThrottleDevice[]?> Throttles(HostConfig host) =>
        [host.BlkioDeviceReadBps, host.BlkioDeviceWriteBps, host.BlkioDeviceReadIOps, host.BlkioDeviceWriteIOps];

    private static void RefuseEndpoint(string network, EndpointSettings endpoint)
    {
        var ipam = endpoint.IpamConfig;
        var at = $"NetworkingConfig.EndpointsConfig[\"{network}\"]";
        Refuse($"{at}.IPAMConfig", ipam?.Ipv4Address is { Length: > 0 } || ipam?.Ipv6Address is { Length: > 0 } || Any(ipam?.LinkLocalIps));
        Refuse($"{at}.Links", Any(endpoint.Links));
        Refuse($"{at}.Aliases", Any(endpoint.Aliases));
        Refuse($"{at}.MacAddress", endpoint.MacAddress.Length > 0);
        Refuse($"{at}.DriverOpts", endpoint.DriverOpts is { Count: > 0 });
        Refuse($"{at}.GwPriority", endpoint.GwPriority != 0);
    }

    private static bool HasTimes(HealthConfig? health) =>
        health is { } h && (h.Interval != 0 || h.Timeout != 0 || h.StartPeriod != 0 || h.StartInterval != 0 || h.Retries != 0)
        && h.Test is not ["NONE", ..];

    private static bool Any(string[]? list) => list is { Length: > 0 };

    private static void Refuse(string option, bool isAsked)
    {
        if (isAsked) throw new ApiException(ErrorCode.Unimplemented, $"{option} is not built yet in this version of Troupe");
    }
}
