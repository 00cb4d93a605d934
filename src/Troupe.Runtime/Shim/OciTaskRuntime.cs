using System.Text.Json;
using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Linux.Processes;
using Troupe.Runtime.Cgroups;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;
using Troupe.Specs.Shim;

namespace Troupe.Runtime.Shim;

/// <summary>The shim's container: the runtime of this binary, in this process.</summary>
internal sealed class OciTaskRuntime(ShimConfig config) : ITaskRuntime
{
    private static readonly string[] s_controllers = ["memory", "cpu", "cpuacct", "pids", "blkio"];
    private ICreatedContainer? _container;
    private CgroupReader _cgroup = new(new Dictionary<string, string>());
    private string? _memoryV1;
    private string? _unified;

    public bool SharesPidNamespace { get; private set; }

    public LaunchedProcess Create() => Translated(() =>
    {
        var (spec, json) = OciContainers.ReadConfig(config.Bundle);
        SharesPidNamespace = !(spec.Linux?.Namespaces ?? []).Any(n => n.Type == "pid" && string.IsNullOrEmpty(n.Path));
        using var stdio = new Stdio(config.Terminal, config.StdinOpen);
        _container = OciContainers.Create(
            new CreateRequest(
                config.Id, config.Bundle, config.RuntimeRoot, spec with { Process = spec.Process! with { Terminal = config.Terminal } }, json,
                config.RootfsMounts, stdio.Theirs, PreserveFds: 0, NoPivot: false, NoNewKeyring: false, StartByFifo: false),
            DateTimeOffset.FromUnixTimeMilliseconds(Clock.RealtimeNs() / 1_000_000));
        FindCgroup();
        return stdio.Launched(_container.Init);
    });

    public void Start() => Translated(() =>
    {
        (_container ?? throw new InvalidOperationException("the container was not created")).Start();
        _container = null; // it holds the compiled program of the start
        return true;
    });

    public LaunchedProcess Exec(ReadOnlyMemory<byte> processJson, bool terminal, bool stdin) => Translated(() =>
    {
        OciProcess process;
        try
        {
            process = OciSpecReader.Process(processJson.Span) ?? throw new JsonException("null");
        }
        catch (JsonException malformed)
        {
            throw new TaskRuntimeException($"the process is malformed: {malformed.Message}", Errno.EINVAL.Value, 126, malformed);
        }
        using var stdio = new Stdio(terminal, stdin);
        return stdio.Launched(OciContainers.Exec(
            new ExecRequest(config.Id, config.RuntimeRoot, process with { Terminal = terminal }, stdio.Theirs, PreserveFds: 0)));
    });

    public void Signal(LaunchedProcess process, int signal) => PidFds.Signal(process.PidFd, signal);

    public void SignalAll(int signal) => Translated(() =>
    {
        OciContainers.Kill(config.RuntimeRoot, config.Id, signal, all: true);
        return true;
    });

    public void Resize(FileDescriptor terminal, int rows, int columns) => TerminalMode.SetSize(terminal, rows, columns);

    public IEnumerable<KeyValuePair<ShimStat, ulong>> ReadStats() => _cgroup.Read();

    public ulong ReadOomKills() => _cgroup.OomKills();

    public FileDescriptor? WatchOom(out bool isCertain)
    {
        isCertain = _memoryV1 is not null;
        return _memoryV1 is not null ? OomWatch.OpenV1(_memoryV1) : _unified is not null ? OomWatch.OpenV2(_unified) : null;
    }

    public void Delete() => Translated(() =>
    {
        OciContainers.Delete(config.RuntimeRoot, config.Id, force: true);
        return true;
    });

    /// <summary>On a hybrid machine the v1 hierarchies have the controllers, and the v2 tree counts nothing.</summary>
    private void FindCgroup()
    {
        var cgroup = OciContainers.CgroupOf(new ContainerStore(config.RuntimeRoot).Load(config.Id));
        var directories = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var controller in s_controllers)
        {
            if (cgroup.Directory1(controller) is { } directory) directories[controller] = directory;
        }
        if (directories.Count == 0 && cgroup.Unified is { } unified) directories[CgroupReader.Unified] = unified;
        _memoryV1 = directories.GetValueOrDefault("memory");
        _unified = directories.GetValueOrDefault(CgroupReader.Unified);
        _cgroup = new CgroupReader(directories);
    }

    private static T Translated<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (RuntimeException refusal)
        {
            throw new TaskRuntimeException(refusal.Message, refusal.Errno.Value, refusal.ExitCode, refusal);
        }
        catch (Exception failure) when (failure is not LinuxException and (IOException or UnauthorizedAccessException))
        {
            throw new TaskRuntimeException(failure.Message, Errno.EIO.Value, 128, failure);
        }
    }

    /// <summary>The pipes of one process: its ends are closed here when it has them, ours go on.</summary>
    private sealed class Stdio : IDisposable
    {
        private readonly List<FileDescriptor> _theirs = [];
        private FileDescriptor? _stdin;
        private FileDescriptor? _stdout;
        private FileDescriptor? _stderr;

        public Stdio(bool terminal, bool stdin)
        {
            if (terminal)
            {
                Theirs = new StdioSet(null, null, null);
                return;
            }
            FileDescriptor input;
            if (stdin) (input, _stdin) = DescriptorIo.Pipe();
            else input = DurableFile.OpenReadOnly("/dev/null");
            _theirs.Add(input);
            (_stdout, var output) = DescriptorIo.Pipe();
            _theirs.Add(output);
            (_stderr, var errors) = DescriptorIo.Pipe();
            _theirs.Add(errors);
            Theirs = new StdioSet(input, output, errors);
        }

        public StdioSet Theirs { get; }

        /// <summary>Hands our ends over: they are no longer closed with this object.</summary>
        public LaunchedProcess Launched(StartedProcess process)
        {
            var launched = new LaunchedProcess(process.Pid, process.StartTime, process.PidFd, _stdin, _stdout, _stderr, process.Terminal);
            (_stdin, _stdout, _stderr) = (null, null, null);
            return launched;
        }

        public void Dispose()
        {
            foreach (var descriptor in _theirs) descriptor.Dispose();
            _stdin?.Dispose();
            _stdout?.Dispose();
            _stderr?.Dispose();
        }
    }
}
