using System.Text.Json;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Tests.Harness;

/// <summary>A bundle in a temporary directory: busybox as the root file system, Docker's default configuration.</summary>
internal sealed class Bundle : IDisposable
{
    private const string Busybox = "/bin/busybox";
    private static readonly Lazy<HostFacts> s_host = new(HostFacts.Read);

    public Bundle(params string[] arguments)
    {
        Path = Directory.CreateTempSubdirectory("trp-bundle-").FullName;
        Root = System.IO.Path.Join(Path, "rootfs");
        foreach (var folder in (string[])["bin", "etc", "tmp", "data"]) Directory.CreateDirectory(System.IO.Path.Join(Root, folder));
        File.Copy(Busybox, System.IO.Path.Join(Root, "bin/busybox"));
        foreach (var applet in (string[])["sh", "cat", "echo", "true", "sleep", "id", "ls", "grep", "mount", "hostname", "ip", "env", "unshare", "mknod", "head", "wc", "stat", "kill", "dd", "touch", "sort", "tr", "umount", "chroot", "readlink"])
        {
            File.CreateSymbolicLink(System.IO.Path.Join(Root, "bin", applet), "busybox");
        }

        // The peers of Debian 12 know neither version 1.2 of the specification nor time namespaces.
        var spec = DefaultSpec.Create(s_host.Value);
        Spec = spec with
        {
            OciVersion = "1.0.2",
            Process = spec.Process! with { Args = arguments, Env = ["PATH=/bin", "HOME=/"] },
            Linux = spec.Linux! with { Namespaces = [.. spec.Linux.Namespaces!.Where(n => n.Type != "time")] },
        };
    }

    public static HostFacts Host => s_host.Value;

    /// <summary>The working tree that this binary was built in.</summary>
    public static string Repository { get; } = FindRepository();

    public string Path { get; }

    public string Root { get; }

    public OciSpec Spec { get; set; }

    public OciProcess Process
    {
        get => Spec.Process!;
        set => Spec = Spec with { Process = value };
    }

    public OciLinux Linux
    {
        get => Spec.Linux!;
        set => Spec = Spec with { Linux = value };
    }

    public string this[string relative] => System.IO.Path.Join(Path, relative);

    /// <summary>A shell command as the container's process.</summary>
    public static Bundle Shell(string script) => new("sh", "-c", script);

    /// <summary>Writes config.json; every change after that needs another call.</summary>
    public Bundle Save()
    {
        File.WriteAllBytes(this["config.json"], JsonSerializer.SerializeToUtf8Bytes(Spec, OciJson.Default.OciSpec));
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Join(folder.FullName, "Directory.Packages.props"))) folder = folder.Parent ?? throw new InvalidOperationException("no working tree");
        return folder.FullName;
    }
}
