using System.Text.Json;
using Troupe.Runtime.Containers;
using Troupe.Runtime.Mounts;
using Troupe.Runtime.Security;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Verbs;

/// <summary><c>features</c>: what this build can do, whatever the machine it runs on (features.md).</summary>
internal static class FeaturesVerb
{
    public static int Run(string[] arguments)
    {
        if (Arguments.Parse(arguments, [], [], []).Words.Count > 0) throw new RuntimeException("\"features\" takes no arguments");
        return CommandLine.Print(JsonSerializer.Serialize(Describe(), OciFeaturesJson.Default.OciFeatures));
    }

    internal static OciFeatures Describe() => new()
    {
        OciVersionMin = "1.0.0",
        OciVersionMax = "1.2.0",
        Hooks = ["prestart", "createRuntime", "poststart", "poststop"],
        MountOptions = [.. Mounts.MountOptions.Words.Order(StringComparer.Ordinal)],
        Linux = new OciLinuxFeatures
        {
            Namespaces = [.. Namespaces.Files.Select(f => f.Type).Order(StringComparer.Ordinal)],
            Capabilities = [.. LinuxCapabilities.All],
            Cgroup = new OciCgroupFeatures(V1: true, V2: true, Systemd: false, SystemdUser: false, Rdma: false),
            Seccomp = new OciSeccompFeatures
            {
                Enabled = true, Actions = SeccompWords.Actions, Operators = SeccompWords.Operators, Archs = SeccompWords.Architectures,
                KnownFlags = SeccompWords.KnownFlags, SupportedFlags = SeccompWords.KnownFlags,
            },
            Apparmor = new OciFeatureSwitch(false),
            Selinux = new OciFeatureSwitch(false),
            IntelRdt = new OciFeatureSwitch(false),
            MountExtensions = new OciMountExtensions(new OciFeatureSwitch(false)),
        },
        Annotations = new Dictionary<string, string> { ["org.troupe.runtime.version"] = CommandLine.VersionText },
    };
}
