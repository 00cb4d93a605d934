using System.CommandLine;
using Troupe.Api;
using Troupe.Api.Node;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Output;

namespace Troupe.Cli.Commands;

internal sealed class InfoCommand : Command
{
    public InfoCommand() : base("info", "Display system-wide information") => SetAction(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var engine = CommandTree.Connect(parsed);
        var info = await engine.GetAsync("/info", ApiJson.Context.InfoResponse, cancel);
        foreach (var (label, value) in Lines(info)) Screen.Out.WriteLine($" {label}: {value}");
        foreach (var warning in info.Warnings ?? []) await Screen.Error.WriteLineAsync(warning);
        return 0;
    }

    private static IEnumerable<(string Label, string Value)> Lines(InfoResponse info) =>
    [
        ("Containers", $"{info.Containers}"), (" Running", $"{info.ContainersRunning}"), (" Paused", $"{info.ContainersPaused}"),
        (" Stopped", $"{info.ContainersStopped}"), ("Images", $"{info.Images}"), ("Server Version", info.ServerVersion),
        ("Storage Driver", info.Driver), .. (info.DriverStatus ?? []).Where(s => s.Length == 2).Select(s => (" " + s[0], s[1])),
        ("Logging Driver", info.LoggingDriver), ("Cgroup Driver", info.CgroupDriver), ("Cgroup Version", info.CgroupVersion ?? ""),
        ("Runtimes", string.Join(' ', info.Runtimes.Keys.Order(StringComparer.Ordinal))), ("Default Runtime", info.DefaultRuntime),
        ("Security Options", string.Join(", ", info.SecurityOptions)), ("Kernel Version", info.KernelVersion),
        ("Operating System", info.OperatingSystem), ("OSType", info.OsType), ("Architecture", info.Architecture), ("CPUs", $"{info.Ncpu}"),
        ("Total Memory", Human.Size(info.MemTotal)), ("Name", info.Name), ("ID", info.Id), ("Docker Root Dir", info.DockerRootDir),
        ("Labels", string.Join(", ", info.Labels)),
    ];
}
