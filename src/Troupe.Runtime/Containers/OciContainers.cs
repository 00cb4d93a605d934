using System.Text.Json;
using Troupe.Linux;
using Troupe.Linux.Processes;
using Troupe.Linux.Programs;
using Troupe.Runtime.Cgroups;
using Troupe.Runtime.Programs;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>
/// The runtime's operations, for the verbs and for the shim in the same binary. Single-threaded use. Every failure is a
/// <see cref="RuntimeException"/> or <see cref="LinuxException"/>, and leaves nothing behind.
/// </summary>
internal static class OciContainers
{
    /// <summary>Reads config.json of a bundle. Bounded: a specification above 8 MiB is refused.</summary>
    public static BundleConfig ReadConfig(string bundle)
    {
        const long specMaxBytes = 8 * 1024 * 1024;
        var path = Path.Combine(bundle, "config.json");
        try
        {
            if (new FileInfo(path).Length > specMaxBytes) throw new RuntimeException($"{path} is larger than {specMaxBytes} bytes");
            var json = File.ReadAllBytes(path);
            return new BundleConfig(OciSpecReader.Spec(json) ?? throw new RuntimeException($"{path} is empty"), json);
        }
        catch (FileNotFoundException)
        {
            throw new RuntimeException("JSON specification file config.json not found", Errno.ENOENT, 128);
        }
        catch (JsonException e)
        {
            throw new RuntimeException($"{path}: {e.Message}", default, 128, e);
        }
    }

    /// <summary>Makes the container up to the point before execve. Its init is a child of the calling process.</summary>
    public static ICreatedContainer Create(CreateRequest request, DateTimeOffset now)
    {
        Validate(request.Spec);
        var store = new ContainerStore(request.Root);
        store.Reserve(request.Id, request.ConfigJson);
        ContainerCgroup? cgroup = null;
        try
        {
            var planned = ContainerCgroup.Plan(request.Spec.Linux?.CgroupsPath, request.Id);
            store.Intend(request.Id, planned.Directories);
            planned.Make();
            cgroup = planned;
            cgroup.Apply(request.Spec.Linux?.Resources);
            var created = new InitStarter(request, cgroup, store).Start();
            store.Save(new ContainerState
            {
                Id = request.Id, OciVersion = request.Spec.OciVersion, Bundle = request.Bundle, Rootfs = Path.GetFullPath(request.Spec.Root!.Path, request.Bundle),
                Pid = created.Init.Pid, PidStartTime = created.Init.StartTime, Created = now, CgroupDirectories = [.. cgroup.Directories],
                HasLaterHooks = request.Spec.Hooks is { Poststart.Length: > 0 } or { Poststop.Length: > 0 }, Annotations = request.Spec.Annotations,
            });
            return created;
        }
        catch
        {
            cgroup?.TryRemove();
            store.Release(request.Id);
            throw;
        }
    }

    /// <summary>Starts a container that another process created (the start verb): a byte through its FIFO.</summary>
    public static void Start(string root, string id)
    {
        var store = new ContainerStore(root);
        var state = store.Load(id);
        if (state.Status != "created")
            throw new RuntimeException(state.Status == "stopped" ? "cannot start a container that has stopped" : $"cannot start an already running container");
        try
        {
            using var fifo = DescriptorFiles.Open(store.FifoOf(id), Kernel.O_WRONLY | Kernel.O_NONBLOCK | Kernel.O_CLOEXEC);
            Linux.Events.DescriptorIo.Write(fifo, [0]);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENXIO)
        {
            throw new RuntimeException("cannot start a container that has stopped");
        }

        store.MarkStarted(id);
        File.Delete(store.FifoOf(id));
        if (state.HasLaterHooks) Hooks.Run(store.LoadSpec(id).Hooks?.Poststart, (state with { Started = true }).ToOci());
    }

    public static OciState State(string root, string id) => new ContainerStore(root).Load(id).ToOci();

    public static IEnumerable<OciState> List(string root) => new ContainerStore(root).All().Select(s => s.ToOci());

    /// <summary>Signals the init, or every process of the container.</summary>
    public static void Kill(string root, string id, int signal, bool all)
    {
        var state = new ContainerStore(root).Load(id);
        if (all)
        {
            CgroupOf(state).SignalAll(signal);
            return;
        }

        if (state.Status == "stopped" || !SignalInit(state, signal)) throw new RuntimeException("container not running");
    }

    private static bool SignalInit(ContainerState state, int signal)
    {
        using var init = PidFds.TryOpen(state.Pid, out _);
        // The pidfd is open: if the start time still matches now, it is the init's and stays so.
        return init is not null && PidFds.StartTime(state.Pid) == state.PidStartTime && PidFds.Signal(init, signal);
    }

    /// <summary>Removes what was made. A running container is refused unless forced. Idempotent when forced.</summary>
    public static void Delete(string root, string id, bool force)
    {
        const int killWaitMs = 10_000;
        var store = new ContainerStore(root);
        ContainerStore.ValidateId(id);
        if (!store.Exists(id))
        {
            if (!force) throw new RuntimeException("container does not exist");
            EndUnfinished(store, id);
            store.Release(id);
            return;
        }

        var state = store.Load(id);
        if (state.Status != "stopped")
        {
            if (!force && state.Status is not "created") throw new RuntimeException($"cannot delete container {id} that is not stopped: {state.Status}");
            using var init = PidFds.TryOpen(state.Pid, out _);
            CgroupOf(state).SignalAll(Kernel.SIGKILL);
            SignalInit(state, Kernel.SIGKILL);
            if (init is not null && !Waits.Readable(init, killWaitMs)) throw new RuntimeException($"container {id} does not die");
        }

        var cgroup = CgroupOf(state);
        if (cgroup.Processes().Count > 0) cgroup.SignalAll(Kernel.SIGKILL);
        if (!cgroup.TryRemove()) throw new RuntimeException($"unable to remove the cgroup of container {id}: it is still in use");
        var poststop = state.HasLaterHooks ? store.LoadSpec(id).Hooks?.Poststop : null;
        store.Release(id);
        if (poststop is not null) Hooks.Run(poststop, state.ToOci());
    }

    /// <summary>Whoever made it was killed before the state was written: what it intended is found by its cgroup.</summary>
    private static void EndUnfinished(ContainerStore store, string id)
    {
        var cgroup = CgroupOf(store.Intended(id));
        if (cgroup.Processes().Count > 0) cgroup.SignalAll(Kernel.SIGKILL);
        if (!cgroup.TryRemove()) throw new RuntimeException($"unable to remove the cgroup of container {id}: it is still in use");
    }

    internal static ContainerCgroup CgroupOf(ContainerState state) => CgroupOf(state.CgroupDirectories);

    private static ContainerCgroup CgroupOf(IEnumerable<string> directories)
    {
        var hierarchies = CgroupHierarchies.Detect();
        var pairs = directories
            .Select(d => (Directory: d, Hierarchy: hierarchies.FirstOrDefault(h => d.StartsWith(h.MountPoint + "/", StringComparison.Ordinal))))
            .Where(p => p.Hierarchy is not null).ToList();
        return new ContainerCgroup([.. pairs.Select(p => p.Hierarchy!)], [.. pairs.Select(p => p.Directory)]);
    }

    /// <summary>Starts a further process in a running container. It is a child of the calling process.</summary>
    public static StartedProcess Exec(ExecRequest request)
    {
        ProcessTail.Validate(request.Process);
        var store = new ContainerStore(request.Root);
        var state = store.Load(request.Id);
        if (state.Status is not "running" and not "created") throw new RuntimeException("cannot exec in a stopped container");
        return new ExecStarter(request, state, store.LoadSpec(request.Id)).Start();
    }

    private static void Validate(OciSpec spec)
    {
        ProcessTail.Validate(spec.Process);
        if (string.IsNullOrEmpty(spec.Root?.Path)) throw new RuntimeException("root path must not be empty");
        Namespaces.Validate(spec);
        if (spec.Linux?.IntelRdt is not null) throw new RuntimeException("intelRdt is not supported");
        foreach (var mount in spec.Mounts ?? [])
        {
            if (!mount.Destination.StartsWith('/')) throw new RuntimeException($"mount destination \"{mount.Destination}\" is not absolute");
        }

        if (spec.Linux?.Seccomp?.ListenerPath is { Length: > 0 }) throw new RuntimeException("seccomp listenerPath is not supported yet");
        if (spec.Hooks is { CreateContainer.Length: > 0 } or { StartContainer.Length: > 0 })
            throw new RuntimeException("createContainer and startContainer hooks are not supported yet");
    }
}
