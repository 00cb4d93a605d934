using Troupe.Api;
using Troupe.Api.Json;
using Troupe.Api.Node;
using Troupe.Gateway.Containers;
using Troupe.Protocol;
using Troupe.Protocol.Containers;

namespace Troupe.Gateway.Node;

/// <summary>The node's description as <c>version</c> and <c>info</c> show it.</summary>
internal static class NodeMapping
{
    private const string RuntimeName = "runc";

    public static VersionResponse Version(NodeDescription node) => new()
    {
        Platform = new PlatformName { Name = "Troupe" },
        Components =
        [
            new ComponentVersion
            {
                Name = "Engine",
                Version = node.Version,
                Details = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["ApiVersion"] = ApiVersion.Newest.ToString(),
                    ["Arch"] = HostFactsReader.GoArchitecture,
                    ["BuildTime"] = "",
                    ["Experimental"] = "false",
                    ["GitCommit"] = "",
                    ["GoVersion"] = DotNet,
                    ["KernelVersion"] = HostFactsReader.KernelVersion,
                    ["MinAPIVersion"] = ApiVersion.Oldest.ToString(),
                    ["Os"] = "linux",
                },
            },
            new ComponentVersion
            {
                Name = "troupe-runtime",
                Version = node.Version,
                Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["GitCommit"] = "" },
            },
        ],
        Version = node.Version,
        ApiVersion = ApiVersion.Newest.ToString(),
        MinApiVersion = ApiVersion.Oldest.ToString(),
        GoVersion = DotNet,
        Os = "linux",
        Arch = HostFactsReader.GoArchitecture,
        KernelVersion = HostFactsReader.KernelVersion,
    };

    /// <summary>The clients' field is called GoVersion; what they show there is the language's runtime.</summary>
    private static string DotNet => $"dotnet{Environment.Version}";

    public static InfoResponse Info(
        NodeDescription node, IReadOnlyCollection<ContainerView> containers, int images, bool isReady, DateTimeOffset now)
    {
        var (system, systemVersion) = HostFactsReader.OperatingSystem();
        var paused = containers.Count(c => c.Status == ContainerStatus.Paused);
        var running = containers.Count(ContainerWords.IsRunning) - paused;
        return new InfoResponse
        {
            Id = node.NodeId,
            Containers = containers.Count,
            ContainersRunning = running,
            ContainersPaused = paused,
            ContainersStopped = containers.Count - running - paused,
            Images = images,
            Driver = InspectMapping.StorageDriver,
            DriverStatus = [["Supports d_type", "true"], ["Native Overlay Diff", "true"]],
            Plugins = new InfoPlugins { Volume = [], Network = ["bridge", "host", "null"], Log = ["json-file", "none"] },
            MemoryLimit = true,
            SwapLimit = true,
            CpuCfsPeriod = true,
            CpuCfsQuota = true,
            CpuShares = true,
            CpuSet = true,
            PidsLimit = true,
            Ipv4Forwarding = HostFactsReader.IsIpv4Forwarding(),
            Debug = node.Debug,
            NFd = HostFactsReader.Descriptors(),
            OomKillDisable = node.CgroupVersion == "1",
            NGoroutines = ThreadPool.ThreadCount,
            SystemTime = GoTime.Format(now),
            LoggingDriver = "json-file",
            CgroupDriver = "cgroupfs",
            CgroupVersion = node.CgroupVersion,
            KernelVersion = HostFactsReader.KernelVersion,
            OperatingSystem = system,
            OsVersion = systemVersion,
            OsType = "linux",
            Architecture = HostFactsReader.MachineName,
            IndexServerAddress = "https://index.docker.io/v1/",
            RegistryConfig = Registries(node),
            Ncpu = Environment.ProcessorCount,
            MemTotal = HostFactsReader.MemoryBytes(),
            DockerRootDir = node.DataRoot,
            Name = node.Name,
            Labels = node.Labels,
            ServerVersion = node.Version,
            Runtimes = new Dictionary<string, InfoRuntime>(StringComparer.Ordinal) { [RuntimeName] = new() { Path = "troupe-runtime" } },
            DefaultRuntime = RuntimeName,
            LiveRestoreEnabled = true,
            SecurityOptions = node.SecurityOptions,
            FirewallBackend = new InfoFirewall { Driver = "nftables" },
            Warnings = isReady ? null : ["WARNING: the node is recovering; commands are answered with 503 until it is done"],
        };
    }

    private static RegistryServiceConfig Registries(NodeDescription node)
    {
        var configs = new Dictionary<string, IndexInfo>(StringComparer.Ordinal)
        {
            ["docker.io"] = new() { Name = "docker.io", Mirrors = node.RegistryMirrors, Secure = true, Official = true },
        };
        foreach (var registry in node.InsecureRegistries.Where(r => !r.Contains('/'))) configs[registry] = new IndexInfo { Name = registry };
        return new RegistryServiceConfig
        {
            InsecureRegistryCidrs = [.. node.InsecureRegistries.Where(r => r.Contains('/')), "::1/128", "127.0.0.0/8"],
            IndexConfigs = configs,
            Mirrors = node.RegistryMirrors.Length > 0 ? node.RegistryMirrors : null,
        };
    }
}
