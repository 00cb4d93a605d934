using Troupe.Linux.Events;
using Troupe.Linux.Processes;
using Troupe.Linux.Programs;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>Hooks in the runtime's own namespaces (config.md, "POSIX-platform Hooks"): the state on stdin, a deadline, a fixed environment.</summary>
internal static class Hooks
{
    private const int TimeoutDefaultSeconds = 60;

    public static void Run(OciHook[]? hooks, OciState state)
    {
        foreach (var hook in hooks ?? []) Run(hook, state);
    }

    private static void Run(OciHook hook, OciState state)
    {
        if (!hook.Path.StartsWith('/')) throw new RuntimeException($"hook path \"{hook.Path}\" is not absolute");
        var (read, write) = ChildProcess.NewPipe();
        SpawnedProcess child;
        using (read)
        {
            child = ProcessSpawner.Start(new SpawnRequest(hook.Path, hook.Args is { Length: > 0 } args ? args : [hook.Path], hook.Env ?? [], [(0, read)], NewSession: false));
        }

        using (child.PidFd)
        {
            using (write) DescriptorIo.Write(write, OciStateText.Of(state, indented: false).Span);
            if (!Waits.Readable(child.PidFd, (hook.Timeout ?? TimeoutDefaultSeconds) * 1000))
            {
                PidFds.Signal(child.PidFd, Kernel.SIGKILL);
                PidFds.Wait(child.PidFd, block: true);
                throw new RuntimeException($"error running hook: {hook.Path}: timeout");
            }

            var code = PidFds.Wait(child.PidFd, block: true);
            if (code != 0) throw new RuntimeException($"error running hook: {hook.Path}: exit status {code}");
        }
    }
}
