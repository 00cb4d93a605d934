namespace Troupe.Architecture.Tests;

/// <summary>
/// The table of projects: what each may reference and which outside packages it may use. ARCHITECTURE.md draws it,
/// ADR 0007 gives the reason for each package, ADR 0008 the one arrow that was added later.
/// </summary>
internal static class ProjectTable
{
    private static readonly string[] Persistence = ["Akka", "Akka.Persistence", "Akka.Streams"];

    public static IReadOnlyDictionary<string, (string[] References, string[] Packages)> Rows { get; } =
        new Dictionary<string, (string[], string[])>
        {
            ["Troupe.Linux"] = ([], []),
            ["Troupe.Specs"] = ([], []),
            ["Troupe.Api"] = ([], []),
            ["Troupe.Protocol"] = (["Troupe.Specs"], ["Akka", "Hyperion"]),
            ["Troupe.Runtime"] = (["Troupe.Linux", "Troupe.Specs"], []),
            ["Troupe.Images"] = (["Troupe.Protocol", "Troupe.Specs", "Troupe.Linux"], [.. Persistence, "ZstdSharp.Port"]),
            ["Troupe.Containers"] = (["Troupe.Protocol", "Troupe.Specs", "Troupe.Linux"], Persistence),
            ["Troupe.Networks"] = (["Troupe.Protocol", "Troupe.Specs", "Troupe.Linux"], Persistence),
            ["Troupe.Gateway"] = (["Troupe.Api", "Troupe.Protocol", "Troupe.Specs"], ["Akka"]),
            ["Troupe.Daemon"] = (
                [
                    "Troupe.Gateway", "Troupe.Api", "Troupe.Images", "Troupe.Containers", "Troupe.Networks", "Troupe.Protocol",
                    "Troupe.Specs", "Troupe.Linux",
                ],
                [
                    "Akka", "Akka.Remote", "Akka.Cluster", "Akka.Cluster.Tools", "Akka.Persistence", "Akka.Persistence.Sql", "Akka.Streams",
                    "linq2db", "Microsoft.Data.Sqlite", "System.CommandLine",
                ]),
            ["Troupe.Cli"] = (["Troupe.Api", "Troupe.Specs", "Troupe.Linux"], ["System.CommandLine", "Spectre.Console"]),
        };
}
