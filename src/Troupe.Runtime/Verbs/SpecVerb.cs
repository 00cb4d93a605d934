using System.Text.Json;
using Troupe.Linux.Processes;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Verbs;

/// <summary><c>spec</c>: writes a config.json to start from: a shell on a read-only root, with few rights (runc's own template, in effect).</summary>
internal static class SpecVerb
{
    private const ulong OpenFilesMax = 1024;

    public static int Run(string[] arguments)
    {
        var parsed = Arguments.Parse(arguments, ["rootless"], ["bundle"], [("b", "bundle")]);
        if (parsed.Words.Count > 0) throw new RuntimeException("\"spec\" takes no arguments");
        var path = Path.Join(parsed.Get("bundle") ?? ".", "config.json");
        var spec = Template(HostFacts.Read());
        if (parsed.Has("rootless")) spec = Rootless(spec, Credentials.EffectiveUser, Credentials.EffectiveGroup);
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew);
            JsonSerializer.Serialize(file, spec, new OciJson(new JsonSerializerOptions(OciJson.Default.Options) { WriteIndented = true, TypeInfoResolver = null }).OciSpec);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new RuntimeException("File config.json exists. Remove it first");
        }

        return 0;
    }

    internal static OciSpec Template(HostFacts host)
    {
        string[] few = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
        return new OciSpec
        {
            Process = new OciProcess
            {
                Terminal = true,
                User = new OciUser(),
                Args = ["sh"],
                Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
                Cwd = "/",
                Capabilities = new OciCapabilities { Bounding = few, Effective = few, Permitted = few },
                Rlimits = [new OciRlimit("RLIMIT_NOFILE", OpenFilesMax, OpenFilesMax)],
                NoNewPrivileges = true,
            },
            Root = new OciRoot("rootfs", Readonly: true),
            Hostname = "troupe",
            Mounts = DefaultSpec.Mounts(shmSizeBytes: 64L << 20),
            Linux = new OciLinux
            {
                Resources = new OciResources { Devices = [new OciDeviceRule { Allow = false, Access = "rwm" }] },
                Namespaces = [.. DefaultSpec.Namespaces(host).Where(n => n.Type != "time")],
                MaskedPaths = DefaultSpec.MaskedPaths(host),
                ReadonlyPaths = DefaultSpec.ReadonlyPaths(),
            },
        };
    }

    /// <summary>For a user without rights: its own id as root, the host's network, no cgroup, nothing that needs other ids.</summary>
    internal static OciSpec Rootless(OciSpec spec, uint user, uint group) => spec with
    {
        Mounts = [.. spec.Mounts!.Select(RootlessMount)],
        Linux = spec.Linux! with
        {
            Namespaces = [.. spec.Linux.Namespaces!.Where(n => n.Type is not ("network" or "user")), new OciNamespace("user")],
            UidMappings = [new OciIdMapping(0, user, 1)],
            GidMappings = [new OciIdMapping(0, group, 1)],
            Resources = null,
        },
    };

    private static OciMount RootlessMount(OciMount mount) => mount.Destination switch
    {
        // sysfs belongs to a network namespace, which is the host's here; the cgroup tree comes with it.
        "/sys" => new OciMount { Destination = "/sys", Type = "none", Source = "/sys", Options = ["rbind", "nosuid", "noexec", "nodev", "ro"] },
        _ => mount with { Options = mount.Options?.Where(o => !o.StartsWith("gid=", StringComparison.Ordinal) && !o.StartsWith("uid=", StringComparison.Ordinal)).ToArray() },
    };
}
