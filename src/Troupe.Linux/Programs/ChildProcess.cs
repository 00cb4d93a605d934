using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Troupe.Linux.Processes;

namespace Troupe.Linux.Programs;

/// <summary>What a child reports about its list: the purpose of the failing operation and its errno.</summary>
public sealed record ChildFailure(int Operation, string Purpose, Errno Errno);

/// <summary>
/// A child that runs a <see cref="SyscallProgram"/>. It reports on a pipe: a rendezvous writes (-1, stage), a failure (index, errno), a
/// successful execve closes it. Keep this object until the outcome of exec is known.
/// </summary>
public sealed unsafe partial class ChildProcess : IDisposable
{
    public const ulong CloneNewTime = 0x80;
    public const ulong CloneNewNs = 0x20000;
    public const ulong CloneNewCgroup = 0x2000000;
    public const ulong CloneNewUts = 0x4000000;
    public const ulong CloneNewIpc = 0x8000000;
    public const ulong CloneNewUser = 0x10000000;
    public const ulong CloneNewPid = 0x20000000;
    public const ulong CloneNewNet = 0x40000000;
    public const ulong CloneIntoCgroup = 0x200000000;

    private const int StageMark = -1;
    private readonly SyscallProgram _program;
    private readonly FileDescriptor _report;

    private ChildProcess(SyscallProgram program, int pid, FileDescriptor pidFd, FileDescriptor report)
    {
        (_program, Pid, PidFd, _report) = (program, pid, pidFd, report);
    }

    public int Pid { get; }

    public FileDescriptor PidFd { get; }

    /// <summary>
    /// The pipe on which a child reports. Made before the program, because rendezvous operations name its write end.
    /// </summary>
    public static (FileDescriptor Read, FileDescriptor Write) NewPipe()
    {
        var ends = stackalloc int[2];
        if (pipe2(ends, 0x80000) != 0) throw new LinuxException(Errno.Last, "pipe2", "");
        return (new FileDescriptor(ends[0], ownsHandle: true), new FileDescriptor(ends[1], ownsHandle: true));
    }

    /// <summary>
    /// Clones. The program and the read end now belong to the result; the write end is closed here. Precondition: the last operation of the
    /// list is execve. Fails with <see cref="LinuxException"/>, and nothing is left then.
    /// </summary>
    public static ChildProcess Clone(SyscallProgram program, (FileDescriptor Read, FileDescriptor Write) report, ulong flags, FileDescriptor? cgroup)
    {
        var operations = program.Freeze(out var slots);
        int pidFd = -1;
        if (cgroup is not null) flags |= CloneIntoCgroup;
        // SAFETY: the list, its slots and everything they point to live in the arena, which outlives the child's use of its own copy.
        var pid = troupe_clone(
            flags, cgroup?.Number ?? 0, operations, program.Operations.Count, slots, report.Write.Number, &pidFd);
        GC.KeepAlive(cgroup);
        report.Write.Dispose();
        if (pid < 0)
        {
            report.Read.Dispose();
            throw new LinuxException(new Errno(-pid), "clone3", "");
        }

        return new ChildProcess(program, pid, new FileDescriptor(pidFd, ownsHandle: true), report.Read);
    }

    /// <summary>
    /// Waits for the child's next report: true at the stage, false when the list ended in execve. Fails with
    /// <see cref="ChildFailedException"/>.
    /// </summary>
    public bool WaitForStage(int stage)
    {
        Span<byte> record = stackalloc byte[8];
        var length = 0;
        while (length < record.Length)
        {
            var count = Events.DescriptorIo.Read(_report, record[length..]);
            if (count == 0) break;
            if (count < 0) throw new LinuxException(Errno.EIO, "read", "the child's report");
            length += count;
        }

        if (length == 0) return false;
        var operation = BinaryPrimitives.ReadInt32LittleEndian(record);
        var value = BinaryPrimitives.ReadInt32LittleEndian(record[4..]);
        if (operation == StageMark && value == stage) return true;
        var purpose = (uint)operation < (uint)_program.Operations.Count ? _program.Operations[operation].Purpose : "the end of its list";
        throw new ChildFailedException(new ChildFailure(operation, purpose, new Errno(value)));
    }

    /// <summary>The bytes that a child writes on the report pipe when it has reached a stage.</summary>
    public static byte[] StageRecord(int stage)
    {
        var record = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(record, StageMark);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4), stage);
        return record;
    }

    /// <summary>Frees the program's memory and the report; the process and its pidfd go on.</summary>
    public void Forget()
    {
        _report.Dispose();
        _program.Dispose();
    }

    public void Dispose()
    {
        Forget();
        PidFd.Dispose();
    }

    [LibraryImport("troupe_child")]
    private static partial int troupe_clone(
        ulong flags, int cgroup, SyscallProgram.NativeOperation* operations, int count, long* slots, int report, int* pidFd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(int* ends, int flags);
}

/// <summary>The child's list ended early.</summary>
public sealed class ChildFailedException(ChildFailure failure) : Exception($"{failure.Purpose}: {failure.Errno.Describe()}")
{
    public ChildFailure Failure { get; } = failure;
}
