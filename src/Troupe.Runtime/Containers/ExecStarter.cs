using Troupe.Linux;
using Troupe.Linux.Processes;
using Troupe.Linux.Programs;
using Troupe.Runtime.Programs;
using Troupe.Runtime.Security;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>
/// A further process of a container: a thread enters the pid namespace, clones, and the child joins cgroups and all other namespaces by the
/// init's pidfd before it runs the same tail as an init.
/// </summary>
internal sealed class ExecStarter(ExecRequest request, ContainerState state, OciSpec spec)
{
    public StartedProcess Start()
    {
        using var init = PidFds.TryOpen(state.Pid, out _);
        if (init is null || PidFds.StartTime(state.Pid) != state.PidStartTime) throw new RuntimeException("cannot exec in a stopped container");
        var cgroup = OciContainers.CgroupOf(state);
        var tasks = cgroup.OpenTasks();
        var terminal = request.Process.Terminal ? DescriptorPassing.NewPair() : default;
        try
        {
            return Start(init, cgroup, tasks, terminal.Parent, terminal.Child);
        }
        finally
        {
            foreach (var file in tasks) file.Dispose();
            terminal.Parent?.Dispose();
            terminal.Child?.Dispose();
        }
    }

    private StartedProcess Start(FileDescriptor init, Cgroups.ContainerCgroup cgroup, List<FileDescriptor> tasks, FileDescriptor? terminalParent, FileDescriptor? terminalChild)
    {
        var report = ChildProcess.NewPipe();
        var program = new SyscallProgram();
        ProcessTail.Begin(program);
        Join(program, init, tasks);
        var tail = new ProcessTail(program, request.Process,
            new TailOptions(report.Write, null, SeccompFilters.For(spec, request.Root), SeccompFilters.Flags(spec), request.PreserveFds, NewKeyring: false, ""));
        Slot? slave = null;
        if (terminalChild is not null) slave = OpenTerminal(program, terminalChild);
        tail.Stdio(request.Stdio, slave);
        tail.Finish();
        using var unified = cgroup.OpenUnified();
        var child = NamespaceThread.Run(init, ChildProcess.CloneNewPid, () => ChildProcess.Clone(program, report, 0, unified));
        try
        {
            child.WaitForStage(Stage.Ready);
            terminalChild?.Dispose();
            var master = terminalParent is null ? null : DescriptorPassing.Receive(terminalParent);
            var startTime = PidFds.StartTime(child.Pid) ?? 0;
            child.WaitForStage(-1);
            child.Forget();
            return new StartedProcess(child.Pid, startTime, child.PidFd, master);
        }
        catch (ChildFailedException e)
        {
            PidFds.Signal(child.PidFd, Kernel.SIGKILL);
            PidFds.Wait(child.PidFd, block: true);
            child.Dispose();
            throw ChildErrors.Translate(e);
        }
    }

    private void Join(SyscallProgram program, FileDescriptor init, List<FileDescriptor> tasks)
    {
        foreach (var file in tasks) program.Call("join cgroup", Syscalls.Write, file.Number, program.Bytes("0"u8), 1);
        // One call per kind: a kind that the container shares with us would be refused only by the user namespace (EINVAL).
        ulong types = 0;
        foreach (var (type, file) in Namespaces.Files)
        {
            if (type == "pid") continue;
            var own = new FileInfo($"/proc/self/ns/{file}").LinkTarget;
            if (own is not null && new FileInfo($"/proc/{state.Pid}/ns/{file}").LinkTarget != own) types |= Namespaces.Flag(type);
        }

        if (types != 0) program.Call("join namespaces", Syscalls.Setns, init.Number, types);
    }

    private Slot OpenTerminal(SyscallProgram program, FileDescriptor socket)
    {
        var master = program.Call("open pty master", Syscalls.Openat, Kernel.AT_FDCWD, program.Text("/dev/pts/ptmx"),
            Kernel.O_RDWR | Kernel.O_NOCTTY | Kernel.O_CLOEXEC, 0);
        return new TerminalProgram(program).Open(master, request.Process.ConsoleSize, socket);
    }
}
