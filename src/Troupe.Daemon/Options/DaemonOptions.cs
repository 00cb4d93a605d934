using System.Net;

namespace Troupe.Daemon.Options;

/// <summary>A range of addresses from which networks get theirs: <c>base=172.80.0.0/16,size=24</c>.</summary>
internal sealed record AddressPool(string Base, int Size);

/// <summary>One place to listen: a unix socket's path or a loopback address. Exactly one is set.</summary>
internal sealed record ListenAddress(string? UnixPath, IPEndPoint? Tcp)
{
    public override string ToString() => UnixPath is null ? $"tcp://{Tcp}" : $"unix://{UnixPath}";
}

/// <summary>What the command line and daemon.json say, checked. Paths are absolute.</summary>
/// <param name="Bip">Address and prefix of the default bridge, or empty: chosen from the pools.</param>
/// <param name="HoconFiles">Read after the built-in ones, in order.</param>
/// <param name="HoconSettings"><c>key=value</c>, over every file.</param>
internal sealed record DaemonOptions(
    ListenAddress[] Hosts,
    string DataRoot,
    string ExecRoot,
    string PidFile,
    bool Debug,
    string LogLevel,
    string[] InsecureRegistries,
    string[] RegistryMirrors,
    string Bip,
    AddressPool[] AddressPools,
    string[] Labels,
    string[] HoconFiles,
    string[] HoconSettings)
{
    public const string DefaultDataRoot = "/var/lib/troupe";
    public const string DefaultExecRoot = "/run/troupe";
    public const string DefaultHost = "unix:///run/troupe.sock";
    public const string DefaultConfigFile = "/etc/troupe/daemon.json";
}

/// <summary>The options can't be used; the message goes to the user as it is.</summary>
internal sealed class OptionsException(string message) : Exception(message);
