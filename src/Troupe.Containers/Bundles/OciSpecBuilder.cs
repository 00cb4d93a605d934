using Troupe.Protocol.Containers;
using Troupe.Specs;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Bundles;

/// <summary>What a configuration depends on beside the container's wish.</summary>
/// <param name="Bundle">The container's bundle directory.</param>
/// <param name="CgroupParent">The instance's cgroup, without slashes at its ends.</param>
/// <param name="Hostname">As the container shall see it.</param>
/// <param name="LastCapability">Highest capability that the kernel knows.</param>
internal sealed record OciContext(
    string Bundle, string CgroupParent, string Hostname, Account Account, HostFacts Host, int LastCapability, bool SwapIsCounted);

/// <summary>config.json of a run. Pure: the same wish and context give the same configuration.</summary>
internal static class OciSpecBuilder
{
    private const string PathVariable = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public static OciSpec Build(ContainerId id, ContainerSpec spec, OciContext context)
    {
        var host = spec.Host;
        var security = SecurityOptions.Of(host.SecurityOpt);
        var capabilities = Capabilities.Of(host.CapAdd, host.CapDrop, host.Privileged, context.LastCapability);
        return new OciSpec
        {
            Process = Process(spec, context, capabilities, security),
            Root = new OciRoot("rootfs", host.ReadonlyRootfs),
            Hostname = host.UtsMode == "host" ? null : context.Hostname,
            Domainname = host.UtsMode == "host" || spec.Domainname.Length == 0 ? null : spec.Domainname,
            Mounts = OciMounts.Of(host, context.Bundle),
            Linux = Linux(id, host, context, capabilities, security),
        };
    }

    private static OciProcess Process(ContainerSpec spec, OciContext context, string[] capabilities, SecurityOptions security) => new()
    {
        Terminal = spec.Tty,
        User = new OciUser
        {
            Uid = context.Account.Uid, Gid = context.Account.Gid,
            AdditionalGids = context.Account.AdditionalGids.Length == 0 ? null : context.Account.AdditionalGids,
        },
        Args = [.. spec.Entrypoint ?? [], .. spec.Cmd ?? []],
        Env = Environment(spec, context),
        Cwd = spec.WorkingDir.Length == 0 ? "/" : spec.WorkingDir,
        Capabilities = DefaultSpec.CapabilitySets(capabilities, context.Account.Uid == 0),
        Rlimits = Ulimits.Of(spec.Host.Ulimits),
        NoNewPrivileges = security.NoNewPrivileges,
        OomScoreAdj = spec.Host.OomScoreAdj == 0 ? null : spec.Host.OomScoreAdj,
    };

    /// <summary>The engine's variables, over them the image's and the user's; a name without a value takes a variable away.</summary>
    private static string[] Environment(ContainerSpec spec, OciContext context)
    {
        List<string> all = [PathVariable, "HOSTNAME=" + context.Hostname];
        if (spec.Tty) all.Add("TERM=xterm");
        foreach (var variable in spec.Env)
        {
            var name = variable.Split('=', 2)[0];
            var at = all.FindIndex(v => v.StartsWith(name + "=", StringComparison.Ordinal));
            if (at >= 0) all.RemoveAt(at);
            if (variable.Length > name.Length) all.Insert(at >= 0 ? at : all.Count, variable);
        }

        if (!all.Exists(v => v.StartsWith("HOME=", StringComparison.Ordinal))) all.Add("HOME=" + context.Account.Home);
        return [.. all];
    }

    private static OciLinux Linux(
        ContainerId id, HostSpec host, OciContext context, string[] capabilities, SecurityOptions security)
    {
        var open = host.Privileged || security.SystemPathsUnconfined;
        return new OciLinux
        {
            Namespaces = Namespaces(host, context.Host),
            Resources = OciResourceLimits.Of(host, context.SwapIsCounted),
            CgroupsPath = $"/{(host.CgroupParent.Length == 0 ? context.CgroupParent : host.CgroupParent.Trim('/'))}/{id}",
            Sysctl = SysctlSettings.Of(host),
            MaskedPaths = open ? null : host.MaskedPaths ?? DefaultSpec.MaskedPaths(context.Host),
            ReadonlyPaths = open ? null : host.ReadonlyPaths ?? DefaultSpec.ReadonlyPaths(),
            Seccomp = host.Privileged || security.SeccompUnconfined
                ? null
                : DefaultSeccompProfile.Create(capabilities, context.Host),
        };
    }

    private static OciNamespace[] Namespaces(HostSpec host, HostFacts facts)
    {
        string[] shared =
        [
            host.NetworkMode == NetworkModes.Host ? "network" : "", host.PidMode == "host" ? "pid" : "",
            host.IpcMode == "host" ? "ipc" : "", host.UtsMode == "host" ? "uts" : "",
            host.CgroupnsMode == "host" || (host.Privileged && host.CgroupnsMode.Length == 0) ? "cgroup" : "",
        ];
        var own = DefaultSpec.Namespaces(facts).Where(n => !shared.Contains(n.Type, StringComparer.Ordinal));
        var isAsked = host.CgroupnsMode == "private" && !facts.IsCgroupV2;
        return isAsked ? [.. own, new OciNamespace("cgroup")] : [.. own];
    }
}
