using System.Globalization;
using System.Text.Json;
using Troupe.Api;
using Troupe.Api.Containers;
using Troupe.Api.Images;
using Troupe.Api.Json;
using Troupe.Api.Networks;
using Troupe.Protocol.Containers;
using ContainerState = Troupe.Api.Containers.ContainerState;

namespace Troupe.Gateway.Containers;

/// <summary>An entry of the index as <c>inspect</c> shows it. Pure.</summary>
internal static class InspectMapping
{
    public const string StorageDriver = "overlay2";

    public static ContainerInspect Inspect(ContainerView view, string dataRoot)
    {
        var spec = view.Spec;
        var command = Command(spec);
        var home = Path.Combine(dataRoot, "containers", view.Id.Hex);
        return new ContainerInspect
        {
            Id = view.Id.Hex,
            Created = GoTime.Format(view.CreatedAt),
            Path = command.Length > 0 ? command[0] : "",
            Args = command.Length > 0 ? command[1..] : [],
            State = State(view),
            Image = view.ImageId.ToString(),
            ResolvConfPath = Path.Combine(home, "resolv.conf"),
            HostnamePath = Path.Combine(home, "hostname"),
            HostsPath = Path.Combine(home, "hosts"),
            LogPath = spec.Host.LogDriver == "none" ? "" : Path.Combine(home, view.Id.Hex + "-json.log"),
            Name = "/" + view.Name,
            RestartCount = 0,
            Driver = StorageDriver,
            Platform = "linux",
            HostConfig = Host(spec.Host),
            GraphDriver = GraphDriver(view, dataRoot),
            Config = Config(spec),
            NetworkSettings = Network(view),
        };
    }

    /// <summary>Entrypoint and command as one list: what is executed.</summary>
    public static string[] Command(ContainerSpec spec) => [.. spec.Entrypoint ?? [], .. spec.Cmd ?? []];

    public static ContainerConfig Config(ContainerSpec spec) => new()
    {
        Hostname = spec.Hostname,
        Domainname = spec.Domainname,
        User = spec.User,
        AttachStdin = spec.AttachStdin,
        AttachStdout = spec.AttachStdout,
        AttachStderr = spec.AttachStderr,
        ExposedPorts = spec.ExposedPorts.Length > 0 ? Set(spec.ExposedPorts) : null,
        Tty = spec.Tty,
        OpenStdin = spec.OpenStdin,
        StdinOnce = spec.StdinOnce,
        Env = spec.Env,
        Cmd = spec.Cmd,
        Image = spec.Image,
        Volumes = spec.Volumes.Length > 0 ? Set(spec.Volumes) : null,
        WorkingDir = spec.WorkingDir,
        Entrypoint = spec.Entrypoint,
        Labels = Sorted(spec.Labels),
        StopSignal = spec.StopSignal.Length > 0 ? spec.StopSignal : null,
        StopTimeout = spec.StopTimeoutSeconds,
    };

    public static Dictionary<string, EndpointSettings> Endpoints(ContainerView view)
    {
        var networks = new Dictionary<string, EndpointSettings>(StringComparer.Ordinal);
        foreach (var endpoint in view.Endpoints.OrderBy(e => e.NetworkName, StringComparer.Ordinal)) networks[endpoint.NetworkName] = Endpoint(endpoint);
        if (networks.Count == 0 && view.Spec.Host.NetworkMode.Length > 0) networks[view.Spec.Host.NetworkMode] = new EndpointSettings();
        return networks;
    }

    private static ContainerState State(ContainerView view)
    {
        var isRunning = ContainerWords.IsRunning(view);
        return new ContainerState
        {
            Status = ContainerWords.State(view),
            Running = isRunning,
            Paused = view.Status == ContainerStatus.Paused,
            Restarting = view.Status == ContainerStatus.Restarting,
            OomKilled = view.OomKilled,
            Dead = view.Status == ContainerStatus.Dead,
            Pid = isRunning ? view.Pid : 0,
            ExitCode = view.ExitCode,
            Error = view.Error,
            StartedAt = GoTime.Format(view.StartedAt),
            FinishedAt = GoTime.Format(view.FinishedAt),
        };
    }

    private static HostConfig Host(HostSpec host) =>
        JsonSerializer.Deserialize(host.HostConfigJson, ApiJson.Context.HostConfig) ?? new HostConfig();

    private static GraphDriverData GraphDriver(ContainerView view, string dataRoot)
    {
        var snapshot = Path.Combine(dataRoot, "snapshots", view.Id.Hex);
        return new GraphDriverData
        {
            Name = StorageDriver,
            Data = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ID"] = view.Id.Hex,
                ["UpperDir"] = Path.Combine(snapshot, "upper"),
                ["WorkDir"] = Path.Combine(snapshot, "work"),
            },
        };
    }

    private static NetworkSettings Network(ContainerView view)
    {
        var bridge = view.Endpoints.FirstOrDefault(e => e.NetworkName == "bridge");
        return new NetworkSettings
        {
            SandboxId = ContainerWords.IsRunning(view) ? view.Id.Hex : "",
            SandboxKey = ContainerWords.IsRunning(view) ? string.Create(CultureInfo.InvariantCulture, $"/proc/{view.Pid}/ns/net") : "",
            EndpointId = bridge?.EndpointId ?? "",
            Gateway = bridge?.Gateway ?? "",
            IpAddress = bridge?.Address ?? "",
            IpPrefixLen = bridge?.PrefixLength ?? 0,
            MacAddress = bridge?.MacAddress ?? "",
            Networks = Endpoints(view),
        };
    }

    private static EndpointSettings Endpoint(EndpointInfo endpoint) => new()
    {
        NetworkId = endpoint.NetworkId,
        EndpointId = endpoint.EndpointId,
        Gateway = endpoint.Gateway,
        IpAddress = endpoint.Address,
        IpPrefixLen = endpoint.PrefixLength,
        MacAddress = endpoint.MacAddress,
    };

    private static Dictionary<string, EmptyObject> Set(string[] names) => names.ToDictionary(n => n, _ => EmptyObject.Instance, StringComparer.Ordinal);

    private static Dictionary<string, string> Sorted(Dictionary<string, string> labels) =>
        labels.OrderBy(l => l.Key, StringComparer.Ordinal).ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal);
}
