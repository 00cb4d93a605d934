using System.Globalization;
using Troupe.Linux;
using Troupe.Linux.Processes;
using Troupe.Linux.Programs;
using Troupe.Runtime.Containers;

namespace Troupe.Runtime.Verbs;

/// <summary><c>create</c> and <c>run</c>.</summary>
internal static class CreateVerbs
{
    private static readonly string[] s_options = ["bundle", "console-socket", "pid-file", "preserve-fds"];
    private static readonly string[] s_switches = ["no-pivot", "no-new-keyring", "detach", "keep"];

    public static int Create(string[] arguments, string root)
    {
        var parsed = Parse(arguments);
        var request = Request(parsed, root, parsed.Id("create"), byFifo: true);
        using var created = OciContainers.Create(request, TimeProvider.System.GetUtcNow());
        Finish(parsed, request, created.Init);
        return 0;
    }

    public static int Run(string[] arguments, string root)
    {
        var parsed = Parse(arguments);
        var id = parsed.Id("run");
        var detach = parsed.Has("detach");
        var request = Request(parsed, root, id, byFifo: false);
        using var created = OciContainers.Create(request, TimeProvider.System.GetUtcNow());
        try
        {
            using var console = detach || created.Init.Terminal is null ? null : new ConsoleRelay(created.Init.Terminal);
            if (console is null) Finish(parsed, request, created.Init);
            else WritePidFile(parsed, created.Init.Pid);
            created.Start();
            if (request.Spec.Hooks is { Poststart.Length: > 0 } hooks) Hooks.Run(hooks.Poststart, OciContainers.State(root, id));
            if (detach) return 0;
            var code = console is null ? WaitForwarding(created.Init) : console.Run(created.Init);
            if (!parsed.Has("keep")) OciContainers.Delete(root, id, force: true);
            return code;
        }
        catch
        {
            KillAndReap(created.Init);
            OciContainers.Delete(root, id, force: true);
            throw;
        }
    }

    private static Arguments Parse(string[] arguments) => Arguments.Parse(arguments, s_switches, s_options, [("b", "bundle"), ("d", "detach")]);

    private static CreateRequest Request(Arguments parsed, string root, string id, bool byFifo)
    {
        var bundle = Path.GetFullPath(parsed.Get("bundle") ?? ".");
        var (spec, json) = OciContainers.ReadConfig(bundle);
        var detached = byFifo || parsed.Has("detach");
        var console = parsed.Get("console-socket");
        if (detached && spec.Process?.Terminal == true && string.IsNullOrEmpty(console))
            throw new RuntimeException("cannot allocate tty if troupe-runtime will detach without setting console socket");
        if (spec.Process?.Terminal != true && !string.IsNullOrEmpty(console))
            throw new RuntimeException("cannot use console socket if troupe-runtime will not detach or allocate tty");
        return new CreateRequest(id, bundle, root, spec, json, [], null, parsed.Number("preserve-fds", 0), parsed.Has("no-pivot"), parsed.Has("no-new-keyring"), byFifo);
    }

    private static void Finish(Arguments parsed, CreateRequest request, StartedProcess init)
    {
        try
        {
            if (init.Terminal is not null) ConsoleSocket.Send(parsed.Get("console-socket")!, init.Terminal);
            WritePidFile(parsed, init.Pid);
        }
        catch
        {
            KillAndReap(init);
            OciContainers.Delete(request.Root, request.Id, force: true);
            throw;
        }
    }

    internal static void WritePidFile(Arguments parsed, int pid)
    {
        if (parsed.Get("pid-file") is not { Length: > 0 } path) return;
        File.WriteAllText(path + ".new", pid.ToString(CultureInfo.InvariantCulture));
        File.Move(path + ".new", path, overwrite: true);
    }

    private static void KillAndReap(StartedProcess init)
    {
        PidFds.Signal(init.PidFd, Kernel.SIGKILL);
        try
        {
            PidFds.Wait(init.PidFd, block: true);
        }
        catch (LinuxException e) when (e.Errno == Errno.ECHILD)
        {
            // Collected already.
        }
    }

    /// <summary>Waits for the process; the signals that this process gets go to it.</summary>
    internal static int WaitForwarding(StartedProcess process)
    {
        using var forwarding = SignalForwarding.To(process.PidFd);
        return PidFds.Wait(process.PidFd, block: true) ?? 0;
    }
}
