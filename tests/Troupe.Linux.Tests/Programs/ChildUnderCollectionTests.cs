using System.Collections.Concurrent;
using System.Diagnostics;
using Troupe.Linux.Processes;
using Troupe.Linux.Programs;

namespace Troupe.Linux.Tests.Programs;

/// <summary>
/// Between clone and exec a child of a managed process may run no managed code: under garbage collection 2 to 10 % of such starts hung
/// (docs/adr/0003). Ours runs a list in C, and this is the proof.
/// </summary>
public sealed class ChildUnderCollectionTests
{
    private const int Starts = 3000;
    private const int StartsMin = 300;
    private const int Starters = 4;
    private const int DeadlineMs = 10_000;
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(15);

    private const ulong SixNamespaces = ChildProcess.CloneNewNs | ChildProcess.CloneNewUts | ChildProcess.CloneNewIpc | ChildProcess.CloneNewPid
        | ChildProcess.CloneNewNet | ChildProcess.CloneNewCgroup;

    [Fact]
    public void Children_when_started_while_two_threads_collect_without_pause_then_none_hangs()
    {
        using var stop = new CancellationTokenSource();
        Thread[] collectors = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() => Collect(stop.Token)))];
        var failures = new ConcurrentQueue<Exception>();
        var clock = Stopwatch.StartNew();
        var started = 0;
        var before = GC.CollectionCount(0);
        Thread[] starters = [.. Enumerable.Range(0, Starters).Select(_ => new Thread(StartMany))];
        foreach (var thread in (Thread[])[.. collectors, .. starters]) thread.Start();
        foreach (var starter in starters) starter.Join();
        stop.Cancel();
        foreach (var collector in collectors) collector.Join();

        var collections = GC.CollectionCount(0) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{started} starts, {collections} collections, {clock.Elapsed}");
        Assert.Empty(failures);
        Assert.True(started >= StartsMin, $"only {started} starts in {clock.Elapsed}");
        Assert.True(collections > started / 4, $"only {collections} collections during {started} starts: the test would show nothing");

        void StartMany()
        {
            try
            {
                while (clock.Elapsed < s_most && failures.IsEmpty && Interlocked.Increment(ref started) is var number && number <= Starts) StartOne(number);
            }
            catch (Exception e) when (e is LinuxException or ChildFailedException or Xunit.Sdk.XunitException)
            {
                failures.Enqueue(e);
            }
        }
    }

    private static void StartOne(int number)
    {
        var report = ChildProcess.NewPipe();
        var program = new SyscallProgram();
        // Some of everything: results in slots, memory written, failures that are tolerated.
        program.Call("private mounts", Syscalls.Mount, 0, program.Text("/"), 0, Kernel.MS_PRIVATE | Kernel.MS_REC, 0);
        program.Call("hostname", Syscalls.Sethostname, program.Text("stress"), 6);
        var file = program.Call("open", Syscalls.Openat, Kernel.AT_FDCWD, program.Text("/dev/null"), Kernel.O_RDWR | Kernel.O_CLOEXEC, 0);
        program.Expect("write", Syscalls.Write, 8, file, program.Memory(8), 8);
        program.Try("open nothing", Syscalls.Openat, [Errno.ENOENT], Kernel.AT_FDCWD, program.Text("/no/such/file"), Kernel.O_RDONLY, 0);
        program.Call("exec", Syscalls.Execve, program.Text("/bin/true"), program.TextArray(["true"]), program.TextArray([]));
        using var child = ChildProcess.Clone(program, report, SixNamespaces, cgroup: null);
        if (!Waits.Readable(child.PidFd, DeadlineMs))
        {
            PidFds.Signal(child.PidFd, Kernel.SIGKILL);
            PidFds.Wait(child.PidFd, block: true);
            Assert.Fail($"start {number} hangs");
        }

        Assert.False(child.WaitForStage(-1), $"start {number} reported a stage");
        Assert.Equal(0, PidFds.Wait(child.PidFd, block: true));
    }

    private static void Collect(CancellationToken stop)
    {
        var kept = new object[64];
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            kept[i % kept.Length] = new byte[1024 + (i % 7)];
            GC.Collect(i % 64 == 0 ? 2 : 0, GCCollectionMode.Forced, blocking: true);
        }

        GC.KeepAlive(kept);
    }
}
