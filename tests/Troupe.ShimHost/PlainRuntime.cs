using System.Text.Json;
using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Linux.Processes;
using Troupe.Runtime.Shim;
using Troupe.Specs.Shim;

namespace Troupe.ShimHost;

/// <summary>
/// Runs the bundle's <c>process.args</c> as an ordinary process of this machine. "Created" is a shell that waits on descriptor 3. No
/// terminals and no cgroups: those are tested with the real runtime.
/// </summary>
internal sealed class PlainRuntime(ShimConfig config) : ITaskRuntime
{
    private FileDescriptor? _go;
    private LaunchedProcess? _init;
    private bool _exists;

    public bool SharesPidNamespace => true;

    public LaunchedProcess Create()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(config.Bundle, "config.json")));
        var (read, write) = DescriptorIo.Pipe();
        using (read)
        {
            _go = write;
            string[] wait = ["sh", "-c", "read go <&3 && exec 3<&- && exec \"$@\"", "sh", .. Arguments(json.RootElement.GetProperty("process"))];
            _init = Launch("/bin/sh", wait, config.StdinOpen, read);
        }
        _exists = true;
        return _init;
    }

    public void Start()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(config.Bundle, "config.json")));
        var program = Arguments(json.RootElement.GetProperty("process"))[0];
        if (program.StartsWith('/') && !File.Exists(program))
        {
            _go!.Dispose();
            throw new LinuxException(Errno.ENOENT, "exec", program);
        }
        DescriptorIo.Write(_go!, "\n"u8);
        _go!.Dispose();
    }

    public LaunchedProcess Exec(ReadOnlyMemory<byte> processJson, bool terminal, bool stdin)
    {
        using var json = JsonDocument.Parse(processJson);
        var arguments = Arguments(json.RootElement);
        return Launch(arguments[0], arguments, stdin, null);
    }

    public void Signal(LaunchedProcess process, int signal) => PidFds.Signal(process.PidFd, signal);

    public void SignalAll(int signal)
    {
        if (_init is not null) PidFds.Signal(_init.PidFd, signal);
    }

    public void Resize(FileDescriptor terminal, int rows, int columns) => throw new NotSupportedException();

    public IEnumerable<KeyValuePair<ShimStat, ulong>> ReadStats() => [new(ShimStat.PidsCurrent, 1)];

    public ulong ReadOomKills() => 0;

    public FileDescriptor? WatchOom(out bool isCertain)
    {
        isCertain = false;
        return null;
    }

    public void Delete()
    {
        if (!_exists) return;
        _exists = false;
        File.WriteAllText(Path.Combine(config.Bundle, "deleted"), "");
    }

    private static LaunchedProcess Launch(string program, string[] arguments, bool stdin, FileDescriptor? third)
    {
        var (inRead, inWrite) = DescriptorIo.Pipe();
        var (outRead, outWrite) = DescriptorIo.Pipe();
        var (errRead, errWrite) = DescriptorIo.Pipe();
        using (inRead)
        using (outWrite)
        using (errWrite)
        {
            var moved = new List<(int, FileDescriptor)>();
            if (stdin) moved.Add((0, DescriptorIo.Duplicate(inRead, 20)));
            else inWrite.Dispose();
            moved.Add((1, DescriptorIo.Duplicate(outWrite, 20)));
            moved.Add((2, DescriptorIo.Duplicate(errWrite, 20)));
            if (third is not null) moved.Add((3, DescriptorIo.Duplicate(third, 20)));
            var spawned = ProcessSpawner.Start(new SpawnRequest(program, arguments, ["PATH=/usr/bin:/bin"], moved, NewSession: true));
            foreach (var (_, source) in moved) source.Dispose();
            return new LaunchedProcess(
                spawned.Pid, PidFds.StartTime(spawned.Pid) ?? 0, spawned.PidFd, stdin ? inWrite : null, outRead, errRead, null);
        }
    }

    private static string[] Arguments(JsonElement process) =>
        [.. process.GetProperty("args").EnumerateArray().Select(a => a.GetString()!)];
}
