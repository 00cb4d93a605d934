using System.Text;
using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Linux.Processes;
using Troupe.Linux.Programs;
using Troupe.Runtime.Cgroups;
using Troupe.Runtime.Programs;
using Troupe.Runtime.Security;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>
/// Clones the init and leads it to its Ready stage.
/// <code>
///   parent                                  child (list)
///   clone3 -------------------------------> join cgroups
///   [user ns] &lt;------- NeedsMaps ---------- wait
///             write uid_map, gid_map ------> go on
///   [hooks]   &lt;------- Namespaces --------- wait
///             run prestart, createRuntime -> root, mounts, pivot, user, capabilities
///             &lt;------- Ready ------------- wait for start (pipe or FIFO)
/// </code>
/// </summary>
internal sealed class InitStarter(CreateRequest request, ContainerCgroup cgroup, ContainerStore store)
{
    private readonly OciSpec _spec = request.Spec;
    private readonly List<IDisposable> _owned = [];

    public ICreatedContainer Start()
    {
        var go = NewStart();
        try
        {
            return Start(go.Read, go.Write);
        }
        finally
        {
            foreach (var one in _owned) one.Dispose();
        }
    }

    private (FileDescriptor Read, FileDescriptor? Write) NewStart()
    {
        if (!request.StartByFifo)
        {
            var (read, write) = ChildProcess.NewPipe();
            _owned.Add(read);
            return (read, write);
        }

        // Opened for both directions: reading waits for ever instead of seeing an end when no writer is there yet.
        DescriptorFiles.MakeFifo(store.FifoOf(request.Id), 384);
        var fifo = DescriptorFiles.Open(store.FifoOf(request.Id), Kernel.O_RDWR | Kernel.O_CLOEXEC);
        _owned.Add(fifo);
        return (fifo, null);
    }

    private CreatedContainer Start(FileDescriptor goRead, FileDescriptor? goWrite)
    {
        var report = ChildProcess.NewPipe();
        var maps = Namespaces.Creates(_spec, "user") ? Pipe() : default;
        var hooks = _spec.Hooks is { Prestart.Length: > 0 } or { CreateRuntime.Length: > 0 } ? Pipe() : default;
        var terminal = _spec.Process!.Terminal ? DescriptorPassing.NewPair() : default;
        if (terminal.Parent is not null) _owned.AddRange([terminal.Parent, terminal.Child]);
        var tail = new TailOptions(report.Write, goRead, SeccompFilters.For(_spec, request.Root), SeccompFilters.Flags(_spec), request.PreserveFds, !request.NoNewKeyring, "_ses." + request.Id);
        var program = new SyscallProgram();
        var tasks = cgroup.OpenTasks();
        _owned.AddRange(tasks);
        InitProgram.Compile(program, new InitContext(request, cgroup, tasks, OpenNamespaces(), maps.Read, hooks.Read, terminal.Child, tail));
        var child = Clone(program, report);
        try
        {
            if (maps.Write is not null) GiveMaps(child, maps.Write);
            if (hooks.Write is not null) RunHooks(child, hooks.Write);
            Await(child, Stage.Ready);
            terminal.Child?.Dispose();
            var master = terminal.Parent is null ? null : DescriptorPassing.Receive(terminal.Parent);
            var startTime = PidFds.StartTime(child.Pid) ?? throw new RuntimeException("the container's init ended at once");
            return new CreatedContainer(request.Root, request.Id, child, goWrite, new StartedProcess(child.Pid, startTime, child.PidFd, master));
        }
        catch
        {
            PidFds.Signal(child.PidFd, Kernel.SIGKILL);
            PidFds.Wait(child.PidFd, block: true);
            goWrite?.Dispose();
            child.Dispose();
            throw;
        }
    }

    private ChildProcess Clone(SyscallProgram program, (FileDescriptor Read, FileDescriptor Write) report)
    {
        using var unified = cgroup.OpenUnified();
        var flags = Namespaces.CloneFlags(_spec);
        var pidPath = (_spec.Linux?.Namespaces ?? []).FirstOrDefault(n => n.Type == "pid" && !string.IsNullOrEmpty(n.Path))?.Path;
        if (pidPath is null) return ChildProcess.Clone(program, report, flags, unified);
        using var pidNamespace = DescriptorFiles.Open(pidPath, Kernel.O_RDONLY | Kernel.O_CLOEXEC);
        return NamespaceThread.Run(pidNamespace, ChildProcess.CloneNewPid, () => ChildProcess.Clone(program, report, flags, unified));
    }

    private (FileDescriptor Read, FileDescriptor Write) Pipe()
    {
        var pipe = ChildProcess.NewPipe();
        _owned.AddRange([pipe.Read, pipe.Write]);
        return pipe;
    }

    private List<(FileDescriptor, string)> OpenNamespaces()
    {
        var result = new List<(FileDescriptor, string)>();
        foreach (var (type, _) in Namespaces.Files)
        {
            var path = (_spec.Linux?.Namespaces ?? []).FirstOrDefault(n => n.Type == type && !string.IsNullOrEmpty(n.Path))?.Path;
            if (path is null || type == "pid") continue;
            var fd = DescriptorFiles.Open(path, Kernel.O_RDONLY | Kernel.O_CLOEXEC);
            _owned.Add(fd);
            result.Add((fd, type));
        }

        return result;
    }

    private void GiveMaps(ChildProcess child, FileDescriptor go)
    {
        Await(child, Stage.NeedsMaps);
        Write($"/proc/{child.Pid}/uid_map", _spec.Linux?.UidMappings);
        Write($"/proc/{child.Pid}/gid_map", _spec.Linux?.GidMappings);
        DescriptorIo.Write(go, [0]);
    }

    private static void Write(string path, OciIdMapping[]? mappings)
    {
        var text = string.Concat((mappings ?? []).Select(m => $"{m.ContainerId} {m.HostId} {m.Size}\n"));
        using var file = DescriptorFiles.Open(path, Kernel.O_WRONLY | Kernel.O_CLOEXEC);
        DescriptorIo.Write(file, Encoding.ASCII.GetBytes(text));
    }

    private void RunHooks(ChildProcess child, FileDescriptor go)
    {
        Await(child, Stage.Namespaces);
        var state = new OciState { OciVersion = _spec.OciVersion, Id = request.Id, Pid = child.Pid, Status = "creating", Bundle = request.Bundle, Annotations = _spec.Annotations };
        Hooks.Run(_spec.Hooks?.Prestart, state);
        Hooks.Run(_spec.Hooks?.CreateRuntime, state);
        DescriptorIo.Write(go, [0]);
    }

    private static void Await(ChildProcess child, int stage)
    {
        try
        {
            if (!child.WaitForStage(stage)) throw new RuntimeException("the container's init ended before it was ready");
        }
        catch (ChildFailedException e)
        {
            throw ChildErrors.Translate(e);
        }
    }
}

/// <summary>A created container in the process that made it.</summary>
internal sealed class CreatedContainer(string root, string id, ChildProcess child, FileDescriptor? go, StartedProcess init) : ICreatedContainer
{
    private const int ExecStage = -1;

    public StartedProcess Init { get; } = init;

    public void Start()
    {
        if (go is null) throw new InvalidOperationException("This container is started through its FIFO.");
        DescriptorIo.Write(go, [0]);
        try
        {
            child.WaitForStage(ExecStage);
        }
        catch (ChildFailedException e)
        {
            throw ChildErrors.Translate(e);
        }

        child.Forget();
        new ContainerStore(root).MarkStarted(id);
    }

    public void Dispose()
    {
        go?.Dispose();
        child.Forget();
        Init.Dispose();
    }
}
