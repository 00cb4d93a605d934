using System.Globalization;
using Troupe.Linux.Processes;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Verbs;

/// <summary><c>exec</c>: the container's own process settings with what the options change, or a whole process file.</summary>
internal static class ExecVerb
{
    public static int Run(string[] arguments, string root)
    {
        var parsed = Arguments.Parse(arguments, ["tty", "detach", "no-new-privs", "ignore-paused"],
            ["process", "user", "cwd", "env", "cap", "apparmor", "process-label", "console-socket", "pid-file", "preserve-fds", "additional-gids", "cgroup"],
            [("p", "process"), ("t", "tty"), ("u", "user"), ("e", "env"), ("c", "cap"), ("d", "detach"), ("g", "additional-gids")]);
        if (parsed.Words.Count == 0) throw new RuntimeException("\"exec\" requires a minimum of 1 argument, the container id");
        var id = parsed.Words[0];
        var process = Process(parsed, new ContainerStore(root), id);
        var detach = parsed.Has("detach");
        var console = parsed.Get("console-socket");
        if (detach && process.Terminal && string.IsNullOrEmpty(console)) throw new RuntimeException("cannot allocate tty if troupe-runtime will detach without setting console socket");
        using var started = OciContainers.Exec(new ExecRequest(id, root, process, null, parsed.Number("preserve-fds", 0)));
        if (started.Terminal is not null && !string.IsNullOrEmpty(console)) ConsoleSocket.Send(console, started.Terminal);
        CreateVerbs.WritePidFile(parsed, started.Pid);
        if (detach) return 0;
        if (started.Terminal is null || !string.IsNullOrEmpty(console)) return CreateVerbs.WaitForwarding(started);
        using var relay = new ConsoleRelay(started.Terminal);
        return relay.Run(started);
    }

    private static OciProcess Process(Arguments parsed, ContainerStore store, string id)
    {
        if (parsed.Get("process") is { } file)
        {
            var given = OciSpecReader.Process(File.ReadAllBytes(file)) ?? throw new RuntimeException($"{file} is empty");
            return parsed.Has("tty") ? given with { Terminal = true } : given;
        }

        if (parsed.Words.Count < 2) throw new RuntimeException("process args cannot be empty");
        store.Load(id);
        var process = store.LoadSpec(id).Process! with { Args = [.. parsed.Words.Skip(1)], Terminal = parsed.Has("tty"), OomScoreAdj = null };
        if (parsed.Get("cwd") is { } cwd) process = process with { Cwd = cwd };
        if (parsed.Has("no-new-privs")) process = process with { NoNewPrivileges = true };
        if (parsed.Get("apparmor") is { } profile) process = process with { ApparmorProfile = profile };
        if (parsed.Get("user") is { } user) process = process with { User = User(user, process.User) };
        process = process with { Env = [.. process.Env ?? [], .. parsed.All("env")] };
        return parsed.All("cap") is { Count: > 0 } caps ? process with { Capabilities = Add(process.Capabilities, caps) } : process;
    }

    private static OciUser User(string text, OciUser? before)
    {
        var parts = text.Split(':');
        if (parts.Length > 2 || !parts.All(p => uint.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            throw new RuntimeException($"user \"{text}\" is not a number or two with a colon between");
        return (before ?? new OciUser()) with { Uid = uint.Parse(parts[0], CultureInfo.InvariantCulture), Gid = parts.Length == 2 ? uint.Parse(parts[1], CultureInfo.InvariantCulture) : 0 };
    }

    private static OciCapabilities Add(OciCapabilities? before, IReadOnlyList<string> added)
    {
        string[] With(string[]? set) => [.. (set ?? []).Union(added, StringComparer.Ordinal)];
        return (before ?? new OciCapabilities()) with { Bounding = With(before?.Bounding), Effective = With(before?.Effective), Permitted = With(before?.Permitted) };
    }
}
