using System.Text;
using System.Text.Json;
using Troupe.Linux;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Verbs;

/// <summary>runc's command line: global options, a verb, the verb's own options. Errors go to stderr (and --log), exit code 1.</summary>
internal static class CommandLine
{
    private const string Usage = """
        NAME:
           troupe-runtime - OCI container runtime (runtime-spec 1.2)

        USAGE:
           troupe-runtime [global options] command [command options] [arguments...]

        COMMANDS:
           create    create a container
           delete    delete any resources held by the container
           events    not supported yet
           exec      execute a new process inside the container
           features  show the enabled features
           kill      send the specified signal (default: SIGTERM) to the container's init process
           list      list containers started by this runtime with the given root
           run       create and run a container
           spec      create a new specification file
           start     execute the user defined process in a created container
           state     output the state of a container

        GLOBAL OPTIONS:
           --root value        root directory for storage of container state (default: "/run/troupe-runtime")
           --log value         file for the log instead of stderr
           --log-format value  "text" or "json" (default: "text")
           --debug             accepted for compatibility
           --systemd-cgroup    refused: cgroups are managed directly
           --rootless value    "true", "false" or "auto" (default: "auto")
           --help, -h          show help
           --version, -v       print the version
        """;

    public static int Run(string[] arguments)
    {
        Log? log = null;
        try
        {
            var global = Arguments.Parse(arguments, ["debug", "systemd-cgroup", "help", "version"], ["root", "log", "log-format", "rootless", "criu"], [("h", "help"), ("v", "version")]);
            log = new Log(global.Get("log"), global.Get("log-format") == "json");
            if (global.Has("systemd-cgroup")) throw new RuntimeException("systemd cgroups are not supported");
            if (global.Has("version")) return Print($"troupe-runtime version {VersionText}\nspec: 1.2.0");
            if (global.Has("help") || global.Words.Count == 0) return Print(Usage);
            var root = Path.GetFullPath(global.Get("root") ?? "/run/troupe-runtime");
            return Dispatch(global.Words[0], [.. global.Words.Skip(1)], root);
        }
        catch (Exception e) when (e is RuntimeException or LinuxException or IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            (log ?? new Log(null, json: false)).Error(e.Message);
            return 1;
        }
    }

    /// <summary>Not kept: reading it opens the metadata of the assembly, which few calls need.</summary>
    public static string VersionText => typeof(CommandLine).Assembly.GetName().Version?.ToString(3) ?? "0";

    private static int Dispatch(string verb, string[] arguments, string root) => verb switch
    {
        "create" => CreateVerbs.Create(arguments, root),
        "run" => CreateVerbs.Run(arguments, root),
        "start" => Start(arguments, root),
        "exec" => ExecVerb.Run(arguments, root),
        "state" => State(arguments, root),
        "kill" => Kill(arguments, root),
        "delete" => Delete(arguments, root),
        "list" or "ls" => ListVerb.Run(arguments, root),
        "checkpoint" or "restore" or "events" or "ps" or "pause" or "resume" or "update" => throw new RuntimeException($"command \"{verb}\" is not supported yet"),
        "features" => FeaturesVerb.Run(arguments),
        "spec" => SpecVerb.Run(arguments),
        "shim" => Shim.ShimVerb.Run(arguments, static config => new Shim.OciTaskRuntime(config), Console.Error),
        "help" => Print(Usage),
        _ => throw new RuntimeException($"unknown command \"{verb}\" for \"troupe-runtime\""),
    };

    private static int Start(string[] arguments, string root)
    {
        OciContainers.Start(root, Arguments.Parse(arguments, [], [], []).Id("start"));
        return 0;
    }

    private static int State(string[] arguments, string root)
    {
        var state = OciContainers.State(root, Arguments.Parse(arguments, [], [], []).Id("state"));
        return Print(Encoding.UTF8.GetString(OciStateText.Of(state, indented: true).Span));
    }

    private static int Kill(string[] arguments, string root)
    {
        var parsed = Arguments.Parse(arguments, ["all"], [], [("a", "all")]);
        if (parsed.Words.Count is 0 or > 2) throw new RuntimeException("\"kill\" requires the container id and at most a signal");
        OciContainers.Kill(root, parsed.Words[0], Signal(parsed.Words.Count == 2 ? parsed.Words[1] : "TERM"), parsed.Has("all"));
        return 0;
    }

    /// <summary>0 as well: it only asks whether the process is there.</summary>
    private static int Signal(string text) =>
        text == "0" ? 0 : LinuxSignals.TryParse(text, out var signal) ? signal : throw new RuntimeException($"unknown signal \"{text}\"");

    private static int Delete(string[] arguments, string root)
    {
        var parsed = Arguments.Parse(arguments, ["force"], [], [("f", "force")]);
        OciContainers.Delete(root, parsed.Id("delete"), parsed.Has("force"));
        return 0;
    }

    internal static int Print(string text)
    {
        Console.Out.WriteLine(text);
        return 0;
    }
}
