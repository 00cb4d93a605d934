namespace Troupe.Daemon.Options;

internal enum OptionKind
{
    Flag,
    Text,
    List,
}

/// <summary>One option: its flag, its key in daemon.json (null: flag only) and its line of the help.</summary>
internal sealed record OptionDefinition(string Name, char? Short, OptionKind Kind, string? JsonKey, string Argument, string Help);

/// <summary>All options of trouped; names and meanings are dockerd's where dockerd has them.</summary>
internal static class OptionTable
{
    public const string Host = "host";
    public const string DataRoot = "data-root";
    public const string ExecRoot = "exec-root";
    public const string PidFile = "pidfile";
    public const string ConfigFile = "config-file";
    public const string Debug = "debug";
    public const string LogLevel = "log-level";
    public const string InsecureRegistry = "insecure-registry";
    public const string RegistryMirror = "registry-mirror";
    public const string Bip = "bip";
    public const string AddressPool = "default-address-pool";
    public const string Label = "label";
    public const string InsecureLoopback = "insecure-loopback";
    public const string Hocon = "hocon";
    public const string Set = "set";
    public const string Version = "version";
    public const string Help = "help";

    public static IReadOnlyList<OptionDefinition> All { get; } =
    [
        new(Bip, null, OptionKind.Text, "bip", "cidr", "IPv4 address and prefix of the default bridge"),
        new(ConfigFile, null, OptionKind.Text, null, "file", $"Daemon configuration file (default \"{DaemonOptions.DefaultConfigFile}\")"),
        new(DataRoot, null, OptionKind.Text, "data-root", "path", $"Root directory of persistent state (default \"{DaemonOptions.DefaultDataRoot}\")"),
        new(Debug, 'D', OptionKind.Flag, "debug", "", "Enable debug mode"),
        new(AddressPool, null, OptionKind.List, "default-address-pools", "pool", "Address pool of networks: base=CIDR,size=BITS"),
        new(ExecRoot, null, OptionKind.Text, "exec-root", "path", $"Root directory of execution state (default \"{DaemonOptions.DefaultExecRoot}\")"),
        new(Help, null, OptionKind.Flag, null, "", "Print usage"),
        new(Hocon, null, OptionKind.List, null, "file", "HOCON file over the built-in ones"),
        new(Host, 'H', OptionKind.List, "hosts", "list", $"Socket(s) to listen on: unix://PATH, tcp://127.0.0.1:PORT (default \"{DaemonOptions.DefaultHost}\")"),
        new(InsecureLoopback, null, OptionKind.Flag, "insecure-loopback", "", "Allow plain TCP on loopback: every local user becomes root"),
        new(InsecureRegistry, null, OptionKind.List, "insecure-registries", "list", "Registry that may speak plain HTTP"),
        new(Label, null, OptionKind.List, "labels", "list", "Set key=value label of the node"),
        new(LogLevel, 'l', OptionKind.Text, "log-level", "string", "Logging level (debug, info, warn, error, fatal) (default \"info\")"),
        new(PidFile, 'p', OptionKind.Text, "pidfile", "path", "PID file (default EXEC-ROOT/trouped.pid)"),
        new(RegistryMirror, null, OptionKind.List, "registry-mirrors", "list", "Preferred registry mirror"),
        new(Set, null, OptionKind.List, null, "key=value", "One HOCON setting, over every file"),
        new(Version, 'v', OptionKind.Flag, null, "", "Print version information and quit"),
    ];

    public static string Usage()
    {
        var lines = All.Select(o =>
            $"  {(o.Short is { } s ? $"-{s}, " : "    ")}--{$"{o.Name} {o.Argument}",-32} {o.Help}");
        return $"""
            Usage:  trouped [OPTIONS]

            A node of a Troupe cluster: a container engine that speaks Docker's Engine API.

            Options:
            {string.Join('\n', lines)}
            """;
    }
}
