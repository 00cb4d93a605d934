using Troupe.Containers.Bundles;
using Troupe.Containers.Containers;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Containers.Creation;

/// <summary>
/// What a container may ask for on this node. What is wrong is refused as dockerd refuses it; what is right but not built yet is
/// <see cref="ErrorCode.Unimplemented"/> and named: an option is never silently ignored.
/// </summary>
public static class SpecChecks
{
    /// <summary>dockerd's lower bound: below it the kernel can't even start a process.</summary>
    public const long MemoryBytesMin = 6 * 1024 * 1024;

    private const int OomScoreMax = 1000;

    /// <summary>Null when it can be made.</summary>
    public static CommandFailed? Check(ContainerSpec spec)
    {
        foreach (var problem in Problems(spec)) return problem;
        return null;
    }

    private static IEnumerable<CommandFailed> Problems(ContainerSpec spec) =>
        [.. Process(spec), .. Resources(spec.Host), .. Namespaces(spec.Host), .. Later(spec.Host)];

    private static IEnumerable<CommandFailed> Process(ContainerSpec spec)
    {
        if (spec.WorkingDir.Length > 0 && spec.WorkingDir[0] != '/')
        {
            yield return Invalid($"the working directory '{spec.WorkingDir}' is invalid, it needs to be an absolute path");
        }

        if (spec.StopSignal.Length > 0 && !LinuxSignals.TryParse(spec.StopSignal, out _))
        {
            yield return Invalid(DockerWords.InvalidSignal(spec.StopSignal));
        }

        foreach (var variable in spec.Env)
        {
            if (variable.Length == 0 || variable[0] == '=' || variable.Contains('\0', StringComparison.Ordinal))
            {
                yield return Invalid($"invalid environment variable: {variable}");
            }
        }
    }

    private static IEnumerable<CommandFailed> Resources(HostSpec host)
    {
        if (host.MemoryBytes is > 0 and < MemoryBytesMin) yield return Invalid("Minimum memory limit allowed is 6MB");
        if (host.MemoryBytes < 0) yield return Invalid("invalid memory limit");
        if (host.MemorySwapBytes > 0 && host.MemoryBytes == 0)
        {
            yield return Invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
        }

        if (host.MemorySwapBytes > 0 && host.MemorySwapBytes < host.MemoryBytes)
        {
            yield return Invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
        }

        if (host.MemoryReservationBytes > 0 && host.MemoryBytes > 0 && host.MemoryBytes < host.MemoryReservationBytes)
        {
            yield return Invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
        }

        if (host.NanoCpus > 0 && (host.CpuPeriodUs > 0 || host.CpuQuotaUs != 0))
        {
            yield return Invalid("Conflicting options: Nano CPUs and CPU Period/Quota cannot both be set");
        }

        if (host.NanoCpus < 0 || host.NanoCpus > Environment.ProcessorCount * 1_000_000_000L)
        {
            var count = Environment.ProcessorCount;
            yield return Invalid(
                $"range of CPUs is from 0.01 to {count}.00, as there are only {count} CPUs available");
        }

        if (host.CpuPeriodUs is not 0 and (< 1000 or > 1_000_000))
        {
            yield return Invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
        }

        if (host.CpuQuotaUs is > 0 and < 1000) yield return Invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
        if (host.OomScoreAdj is < -OomScoreMax or > OomScoreMax)
        {
            yield return Invalid($"Invalid value {host.OomScoreAdj}, range for oom score adj is [-1000, 1000]");
        }

        if (host.ShmSizeBytes < 0) yield return Invalid("SHM size can not be less than 0");
        if (Capabilities.Unknown(host.CapAdd) is { } added) yield return Invalid($"invalid CapAdd: unknown capability: \"{added}\"");
        if (Capabilities.Unknown(host.CapDrop) is { } dropped) yield return Invalid($"invalid CapDrop: unknown capability: \"{dropped}\"");

        foreach (var ulimit in host.Ulimits)
        {
            if (!Ulimits.TryParse(ulimit, out _, out var error)) yield return Invalid(error);
        }

        if (SysctlSettings.Problem(host) is { } sysctl) yield return Invalid(sysctl);
        foreach (var entry in host.ExtraHosts)
        {
            if (!HostsFile.TrySplit(entry, out _, out _)) yield return Invalid($"bad format for add-host: \"{entry}\"");
        }
    }

    private static IEnumerable<CommandFailed> Namespaces(HostSpec host)
    {
        if (host.NetworkMode.StartsWith("container:", StringComparison.Ordinal)) yield return NotYet("--network container:");
        if (host.IpcMode is not ("" or "private" or "none" or "host" or "shareable")) yield return NotYet($"--ipc {host.IpcMode}");
        if (host.PidMode is not ("" or "private" or "host")) yield return NotYet($"--pid {host.PidMode}");
        if (host.UtsMode is not ("" or "host")) yield return Invalid("invalid UTS mode");
        if (host.CgroupnsMode is not ("" or "private" or "host"))
        {
            yield return Invalid($"invalid cgroup namespace mode: {host.CgroupnsMode}");
        }
    }

    private static IEnumerable<CommandFailed> Later(HostSpec host)
    {
        if (host.Init == true) yield return NotYet("--init");
        if (host.RestartPolicyName is not ("" or "no")) yield return NotYet($"--restart {host.RestartPolicyName}");
        if (host.LogDriver is not ("" or "json-file" or "none")) yield return NotYet($"--log-driver {host.LogDriver}");
        if (host.Runtime is not ("" or "runc" or "troupe-runtime" or "io.containerd.runc.v2"))
        {
            yield return Invalid($"unknown or invalid runtime name: {host.Runtime}");
        }

        if (LogSettings.TryParse(host.LogDriver, host.LogOptions, out _) is { } log) yield return Invalid(log);
        foreach (var option in host.SecurityOpt)
        {
            if (SecurityOptions.TryParse(option, out _) is { } refusal) yield return refusal;
        }
    }

    private static CommandFailed Invalid(string message) => new(ErrorCode.InvalidArgument, message);

    private static CommandFailed NotYet(string what) => new(ErrorCode.Unimplemented, $"{what} is not built yet");
}
