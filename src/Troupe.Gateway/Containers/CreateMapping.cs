using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Troupe.Api;
using Troupe.Api.Containers;
using Troupe.Gateway.Http;
using Troupe.Protocol.Containers;

namespace Troupe.Gateway.Containers;

/// <summary>A create request becomes a <see cref="ContainerSpec"/>. Pure; the image's configuration is merged in by the engine.</summary>
internal static partial class CreateMapping
{
    /// <summary>Docker's default for /dev/shm.</summary>
    private const long ShmSizeBytesDefault = 64 * 1024 * 1024;

    private const string DefaultNetwork = "bridge";

    [GeneratedRegex("^/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex NameShape { get; }

    /// <summary>Without the leading slash; empty when the engine shall invent one.</summary>
    /// <exception cref="ApiException">Not a container's name; in Docker's words.</exception>
    public static string Name(string name)
    {
        if (name.Length == 0) return "";
        return NameShape.IsMatch(name)
            ? name.TrimStart('/')
            : throw ApiException.Invalid($"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    }

    /// <exception cref="ApiException">The request asks for nothing at all, or for what this version can't do.</exception>
    public static ContainerSpec Spec(ContainerCreateRequest request)
    {
        if (request.Image.Length == 0 && request.Cmd is null && request.Entrypoint is null)
        {
            throw ApiException.Invalid("config cannot be empty in order to create a container");
        }

        if (request.Image.Length == 0) throw ApiException.Invalid("invalid reference format");
        UnsupportedOptions.Refuse(request);
        if (request.HostConfig is { AutoRemove: true, RestartPolicy.Name: not ("" or "no") })
        {
            throw ApiException.Invalid("can't create 'AutoRemove' container with restart policy");
        }

        return new ContainerSpec(
            request.Image, request.Hostname, request.Domainname, request.User,
            request.AttachStdin, request.AttachStdout, request.AttachStderr, request.Tty, request.OpenStdin, request.StdinOnce,
            request.Env ?? [], request.Cmd, request.Entrypoint, request.WorkingDir, request.Labels ?? [],
            [.. (request.ExposedPorts ?? []).Keys.Order(StringComparer.Ordinal)],
            [.. (request.Volumes ?? []).Keys.Order(StringComparer.Ordinal)],
            request.StopSignal ?? "", request.StopTimeout, Host(Filled(request)));
    }

    /// <summary>The wish with Docker's defaults in place, as inspect shows it.</summary>
    private static HostConfig Filled(ContainerCreateRequest request)
    {
        var host = request.HostConfig ?? new HostConfig();
        var network = request.NetworkDisabled ? "none" : host.NetworkMode;
        return host with
        {
            NetworkMode = network is "" or "default" ? DefaultNetwork : network,
            LogConfig = host.LogConfig with { Type = Or(host.LogConfig.Type, "json-file"), Config = host.LogConfig.Config ?? [] },
            PortBindings = host.PortBindings ?? [],
            RestartPolicy = host.RestartPolicy with { Name = Or(host.RestartPolicy.Name, "no") },
            CgroupnsMode = Or(host.CgroupnsMode, host.Privileged ? "host" : "private"),
            Dns = host.Dns ?? [],
            DnsOptions = host.DnsOptions ?? [],
            DnsSearch = host.DnsSearch ?? [],
            IpcMode = Or(host.IpcMode, "private"),
            ShmSize = host.ShmSize == 0 ? ShmSizeBytesDefault : host.ShmSize,
            Runtime = Or(host.Runtime ?? "", "runc"),
            PidsLimit = host.PidsLimit is <= 0 ? null : host.PidsLimit,
            KernelMemory = 0,
        };
    }

    private static HostSpec Host(HostConfig host) => new(
        host.NetworkMode, host.AutoRemove, host.Privileged, host.ReadonlyRootfs, host.CapAdd ?? [], host.CapDrop ?? [], host.SecurityOpt ?? [],
        host.Memory, host.MemoryReservation, host.MemorySwap, host.NanoCpus, host.CpuShares, host.CpuPeriod, host.CpuQuota,
        host.CpusetCpus, host.CpusetMems, host.PidsLimit, host.ShmSize, host.OomScoreAdj, host.OomKillDisable, host.Init,
        host.RestartPolicy.Name, host.RestartPolicy.MaximumRetryCount, host.LogConfig.Type, host.LogConfig.Config ?? [],
        host.Dns ?? [], host.DnsSearch ?? [], host.DnsOptions ?? [], host.ExtraHosts ?? [], host.GroupAdd ?? [], host.Sysctls ?? [],
        [.. (host.Ulimits ?? []).Select(Ulimit)], host.Tmpfs ?? [], host.IpcMode, host.PidMode, host.UtsMode, host.CgroupnsMode,
        host.Runtime ?? "", host.MaskedPaths, host.ReadonlyPaths, host.CgroupParent,
        JsonSerializer.Serialize(host, ApiJson.Context.HostConfig));

    private static string Ulimit(Ulimit limit) => string.Create(CultureInfo.InvariantCulture, $"{limit.Name}={limit.Soft}:{limit.Hard}");

    private static string Or(string text, string fallback) => text.Length > 0 ? text : fallback;
}
