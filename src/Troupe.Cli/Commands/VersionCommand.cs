using System.CommandLine;
using System.Runtime.InteropServices;
using Troupe.Api;
using Troupe.Cli.CommandLine;
using Troupe.Cli.Engine;
using Troupe.Cli.Output;

namespace Troupe.Cli.Commands;

internal sealed class VersionCommand : Command
{
    public VersionCommand() : base("version", "Show the version information of client and engine") => SetAction(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        Screen.Out.WriteLine($"Client: Troupe\n Version:           {CliVersion.Text}\n API version:       {EngineClient.Newest}");
        Screen.Out.WriteLine($" OS/Arch:           linux/{Architecture()}\n");
        using var engine = CommandTree.Connect(parsed);
        var server = await engine.GetAsync("/version", ApiJson.Context.VersionResponse, cancel);
        Screen.Out.WriteLine($"Server: {server.Platform.Name}\n Engine:\n  Version:          {server.Version}");
        Screen.Out.WriteLine($"  API version:      {server.ApiVersion} (minimum version {server.MinApiVersion})");
        Screen.Out.WriteLine($"  OS/Arch:          {server.Os}/{server.Arch}\n  Kernel:           {server.KernelVersion}");
        foreach (var part in server.Components.Where(c => c.Name != "Engine")) Screen.Out.WriteLine($" {part.Name}:\n  Version:          {part.Version}");
        return 0;
    }

    private static string Architecture() => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
}
