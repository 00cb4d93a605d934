namespace Troupe.Daemon.Hosting;

/// <summary>Where shims go so that a service manager that ends the daemon's cgroup spares them.</summary>
internal static class ShimCgroup
{
    private const string Unified = "/sys/fs/cgroup";
    private const string Systemd = "/sys/fs/cgroup/systemd";

    /// <summary>Null when no service manager started this process: then nobody ends its cgroup, and nothing needs to be made.</summary>
    public static string? Find(string instance)
    {
        if (Environment.GetEnvironmentVariable("INVOCATION_ID") is null) return null;
        var root = File.Exists(Path.Combine(Unified, "cgroup.procs")) ? Unified : Directory.Exists(Systemd) ? Systemd : null;
        if (root is null) return null;
        var directory = Path.Combine(root, $"troupe-{instance}-shims");
        Directory.CreateDirectory(directory);
        return directory;
    }
}
