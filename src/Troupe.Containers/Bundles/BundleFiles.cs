using System.Text;
using System.Text.Json;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;
using Troupe.Specs.Runtime;
using Troupe.Specs.Shim;

namespace Troupe.Containers.Bundles;

/// <summary>
/// A container's directory: <c>config.json</c>, <c>rootfs/</c>, <c>hostname</c>, <c>hosts</c>, <c>resolv.conf</c>, and the log that the shim
/// writes. Everything but the log is written anew for every run. Blocks: called on the blocking dispatcher only.
/// </summary>
internal sealed class BundleFiles(ContainersSettings settings)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const int StartFailed = 128;
    private readonly ContainerPaths _paths = new(settings);

    /// <returns><see cref="BundleWritten"/> or <see cref="BundleFailed"/>.</returns>
    /// <exception cref="IOException">The disk refuses.</exception>
    public object Write(WriteBundle command)
    {
        var (id, spec) = (command.Task.Id, command.Task.Spec);
        if (LogSettings.TryParse(spec.Host.LogDriver, spec.Host.LogOptions, out var log) is { } wrong)
        {
            return new BundleFailed(StartFailed, ErrorCode.InvalidArgument, wrong);
        }

        var layers = new LayerFiles(command.Rootfs);
        var account = UserAccounts.Resolve(
            spec.User, layers.ReadText("etc/passwd"), layers.ReadText("etc/group"), spec.Host.GroupAdd, out var unknown);
        if (account is null) return new BundleFailed(StartFailed, ErrorCode.Internal, unknown);
        var bundle = _paths.Bundle(id);
        MakeDirectories(_paths.Runs, _paths.RuntimeRoot, Path.Combine(settings.DataRoot, "containers"), bundle, Path.Combine(bundle, "rootfs"));
        var hostname = Hostname(spec);
        WriteNames(bundle, hostname, command);
        var machine = MachineFacts.Current;
        var config = OciSpecBuilder.Build(id, spec, new OciContext(
            bundle, settings.CgroupParent, hostname, account, machine.Host, machine.LastCapability, machine.SwapIsCounted));
        Put(Path.Combine(bundle, "config.json"), JsonSerializer.SerializeToUtf8Bytes(config, OciJson.Default.OciSpec), Private);
        return new BundleWritten(Shim(id, spec, bundle, log, command));
    }

    /// <summary>Idempotent.</summary>
    public void Remove(ContainerId id)
    {
        var bundle = _paths.Bundle(id);
        if (Directory.Exists(bundle)) Directory.Delete(bundle, recursive: true);
    }

    private static void MakeDirectories(params string[] paths)
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException();
        foreach (var path in paths) Directory.CreateDirectory(path, OwnerOnly);
    }

    private ShimConfig Shim(ContainerId id, ContainerSpec spec, string bundle, LogSettings log, WriteBundle command) => new(
        id.Hex, bundle, _paths.Run(id), _paths.RuntimeRoot, log.Driver == "none" ? "" : _paths.Log(id), log.Driver,
        log.SizeMaxBytes, log.FilesMax, spec.Tty, spec.OpenStdin, spec.StdinOnce,
        [.. command.Rootfs.Select(m => new ShimMount(m.Type, m.Source, m.Options))]);

    private static string Hostname(ContainerSpec spec) =>
        spec.Hostname.Length > 0 ? spec.Hostname : Environment.MachineName;

    private static void WriteNames(string bundle, string hostname, WriteBundle command)
    {
        var spec = command.Task.Spec;
        var endpoint = command.Endpoint?.Endpoint;
        var sharesHost = spec.Host.NetworkMode == NetworkModes.Host;
        var hosts = sharesHost
            ? HostsFile.OfHost(ReadHost("/etc/hosts"), spec.Host.ExtraHosts)
            : HostsFile.Of(endpoint?.Address ?? "", endpoint?.Gateway ?? "", hostname, spec.Domainname, spec.Host.ExtraHosts);
        var resolv = ResolvConf.Of(
            ReadHost("/etc/resolv.conf"), spec.Host.Dns, spec.Host.DnsSearch, spec.Host.DnsOptions,
            command.Endpoint?.DnsServers ?? [], sharesHost);
        Put(Path.Combine(bundle, "hostname"), Encoding.UTF8.GetBytes(hostname + "\n"), Readable);
        Put(Path.Combine(bundle, "hosts"), Encoding.UTF8.GetBytes(hosts), Readable);
        Put(Path.Combine(bundle, "resolv.conf"), Encoding.UTF8.GetBytes(resolv), Readable);
    }

    private static string ReadHost(string path)
    {
        if (!File.Exists(path)) return "";
        using var file = File.OpenRead(path);
        var buffer = new byte[Limits.HostFileBytesMax];
        return Encoding.UTF8.GetString(buffer, 0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
    }

    /// <summary>
    /// Written in place: a container that was started before has the file's inode bound, and its programs may have changed it, as in
    /// Docker. The mode is set whatever the umask is.
    /// </summary>
    private static void Put(string path, byte[] content, UnixFileMode mode)
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException();
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, mode);
    }
}
