using System.Net;
using System.Text;

namespace Troupe.Daemon.Options;

/// <summary>Flags and daemon.json together make <see cref="DaemonOptions"/>; everything that can be wrong is found here.</summary>
internal static class OptionsReader
{
    /// <summary>sun_path has 108 bytes, the last of them a NUL.</summary>
    private const int SocketPathBytesMax = 107;

    private static readonly string[] LogLevels = ["debug", "info", "warn", "error", "fatal"];

    /// <exception cref="OptionsException">A setting can't be used; says which and why.</exception>
    public static DaemonOptions Read(CommandLine flags)
    {
        var file = ConfigFile(flags);
        var execRoot = Absolute(Text(flags, file, OptionTable.ExecRoot) ?? DaemonOptions.DefaultExecRoot);
        var loopback = flags.Flag(OptionTable.InsecureLoopback) || file.Flag(OptionTable.InsecureLoopback) == true;
        var hosts = List(flags, file, OptionTable.Host);
        return new DaemonOptions(
            Hosts: [.. (hosts.Length == 0 ? [DaemonOptions.DefaultHost] : hosts).Select(h => Host(h, loopback))],
            DataRoot: Absolute(Text(flags, file, OptionTable.DataRoot) ?? DaemonOptions.DefaultDataRoot),
            ExecRoot: execRoot,
            PidFile: Absolute(Text(flags, file, OptionTable.PidFile) ?? Path.Combine(execRoot, "trouped.pid")),
            Debug: flags.Flag(OptionTable.Debug) || file.Flag(OptionTable.Debug) == true,
            LogLevel: LogLevel(Text(flags, file, OptionTable.LogLevel) ?? "info"),
            InsecureRegistries: List(flags, file, OptionTable.InsecureRegistry),
            RegistryMirrors: [.. List(flags, file, OptionTable.RegistryMirror).Select(Mirror)],
            Bip: Text(flags, file, OptionTable.Bip) is { } bip ? Cidr("bip", bip) : "",
            AddressPools: [.. flags.List(OptionTable.AddressPool).Select(Pool).Concat(file.AddressPools()).Select(CheckPool)],
            Labels: [.. List(flags, file, OptionTable.Label).Select(Label)],
            HoconFiles: [.. flags.List(OptionTable.Hocon).Select(Absolute)],
            HoconSettings: [.. flags.List(OptionTable.Set).Select(Setting)]);
    }

    private static DaemonJson ConfigFile(CommandLine flags)
    {
        if (flags.Text(OptionTable.ConfigFile) is { } path) return DaemonJson.Read(path, flags);
        return File.Exists(DaemonOptions.DefaultConfigFile) ? DaemonJson.Read(DaemonOptions.DefaultConfigFile, flags) : DaemonJson.Empty;
    }

    private static string? Text(CommandLine flags, DaemonJson file, string name) => flags.Text(name) ?? file.Text(name);

    private static string[] List(CommandLine flags, DaemonJson file, string name) => [.. flags.List(name), .. file.List(name)];

    private static string Absolute(string path) =>
        path.Length == 0 ? throw new OptionsException("a path is empty") : Path.GetFullPath(path).TrimEnd('/') is { Length: > 0 } full ? full : "/";

    private static ListenAddress Host(string host, bool loopbackAllowed)
    {
        var parts = host.Split("://", 2);
        if (parts.Length == 2 && parts[0] == "unix") return new ListenAddress(SocketPath(parts[1]), null);
        if (parts.Length == 2 && parts[0] == "tcp") return new ListenAddress(null, Tcp(host, parts[1], loopbackAllowed));
        if (parts.Length == 1 && host.StartsWith('/')) return new ListenAddress(SocketPath(host), null);
        throw new OptionsException($"invalid bind address \"{host}\": use unix://PATH or tcp://127.0.0.1:PORT");
    }

    private static string SocketPath(string path)
    {
        if (path.Length == 0) return DaemonOptions.DefaultHost["unix://".Length..];
        var full = Absolute(path);
        var bytes = Encoding.UTF8.GetByteCount(full);
        return bytes <= SocketPathBytesMax
            ? full
            : throw new OptionsException($"socket path \"{full}\" has {bytes} bytes; the kernel allows {SocketPathBytesMax}");
    }

    private static IPEndPoint Tcp(string host, string address, bool loopbackAllowed)
    {
        var text = address.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + address["localhost".Length..] : address;
        if (!IPEndPoint.TryParse(text, out var endpoint) || !text.Contains(':', StringComparison.Ordinal))
        {
            throw new OptionsException($"invalid bind address \"{host}\": use tcp://127.0.0.1:PORT");
        }

        if (!IPAddress.IsLoopback(endpoint.Address))
        {
            throw new OptionsException(
                $"refusing to listen on {host}: plain TCP gives root to everyone who can reach it, and TLS for clients is not built yet; "
                + "use a unix socket, or ssh");
        }

        return loopbackAllowed
            ? endpoint
            : throw new OptionsException(
                $"refusing to listen on {host}: plain TCP gives root to every user of this machine; --insecure-loopback accepts that");
    }

    private static string LogLevel(string level) => LogLevels.Contains(level)
        ? level
        : throw new OptionsException($"invalid logging level: {level}");

    private static string Mirror(string mirror) =>
        Uri.TryCreate(mirror, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Query.Length == 0
            ? mirror
            : throw new OptionsException($"invalid mirror: \"{mirror}\" is not a valid URI of scheme http or https");

    private static string Label(string label) => label.Split('=', 2)[0] is { Length: > 0 } && label.Contains('=', StringComparison.Ordinal)
        ? label
        : throw new OptionsException($"bad attribute format: {label}");

    private static string Setting(string setting) => setting.IndexOf('=', StringComparison.Ordinal) > 0
        ? setting
        : throw new OptionsException($"invalid --set \"{setting}\": use key=value");

    private static AddressPool Pool(string text)
    {
        string? range = null;
        int? size = null;
        foreach (var field in text.Split(',').Select(f => f.Split('=', 2)))
        {
            if (field is ["base", var b]) range = b;
            else if (field is ["size", var s] && int.TryParse(s, out var bits)) size = bits;
            else throw new OptionsException($"invalid address pool \"{text}\": use base=CIDR,size=BITS");
        }

        return range is not null && size is { } known
            ? new AddressPool(range, known)
            : throw new OptionsException($"invalid address pool \"{text}\": use base=CIDR,size=BITS");
    }

    private static AddressPool CheckPool(AddressPool pool)
    {
        var prefix = IPNetwork.TryParse(Cidr("default-address-pool", pool.Base), out var network) ? network.PrefixLength : 0;
        return pool.Size >= prefix && pool.Size <= 30
            ? pool
            : throw new OptionsException($"invalid address pool {pool.Base}: size {pool.Size} is not between {prefix} and 30");
    }

    private static string Cidr(string name, string text) =>
        text.Split('/') is [var address, var bits] && IPAddress.TryParse(address, out var ip)
        && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && int.TryParse(bits, out var length) && length is >= 0 and <= 32
            ? text
            : throw new OptionsException($"invalid --{name} \"{text}\": invalid CIDR address");
}
