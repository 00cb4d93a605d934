using System.Runtime.InteropServices;
using System.Text;
using Troupe.Linux.Programs;

namespace Troupe.Linux.Bpf;

/// <summary>
/// Programs that decide which devices a cgroup v2 may open (Linux 4.15; BPF_F_REPLACE 5.6). Several on one cgroup and on those above it
/// must all agree. Needs CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN.
/// </summary>
public static unsafe partial class CgroupDevicePrograms
{
    private const int ProgLoad = 5;
    private const int ProgAttach = 8;
    private const int ProgGetFdById = 13;
    private const int ProgQuery = 16;
    private const uint TypeCgroupDevice = 15;
    private const uint AttachCgroupDevice = 6;
    private const uint AllowMulti = 2;
    private const uint Replace = 4;
    private const int LogSize = 64 * 1024;

    /// <summary>Most programs that one cgroup can hold.</summary>
    private const int ProgramsMax = 64;

    /// <summary>
    /// Loads a program and puts it on a cgroup. The one that is there already is exchanged in one step, so that there is no moment
    /// without rules. Fails with <see cref="LinuxException"/>; its subject ends with the verifier's last words.
    /// </summary>
    /// <param name="cgroup">The cgroup's directory, open for reading.</param>
    /// <param name="instructions">Of an <see cref="EbpfProgram"/> over struct bpf_cgroup_dev_ctx that returns 1 (allowed) or 0.</param>
    public static void Set(FileDescriptor cgroup, ReadOnlySpan<ulong> instructions)
    {
        using var program = Load(instructions);
        var present = Query(cgroup);
        using var old = present.Length == 1 ? ById(present[0]) : null;
        var attributes = new AttachAttributes
        {
            Target = (uint)cgroup.Number, Program = (uint)program.Number, Type = AttachCgroupDevice,
            Flags = AllowMulti | (old is null ? 0 : Replace), ReplaceProgram = old is null ? 0 : (uint)old.Number,
        };
        // SAFETY: the struct is as long as said; the descriptors are open until the call has returned.
        Check(bpf(ProgAttach, &attributes, sizeof(AttachAttributes)), "BPF_PROG_ATTACH", "");
        GC.KeepAlive(cgroup);
    }

    /// <summary>Ids of the device programs on this cgroup itself.</summary>
    public static uint[] Query(FileDescriptor cgroup)
    {
        var ids = stackalloc uint[ProgramsMax];
        var attributes = new QueryAttributes { Target = (uint)cgroup.Number, Type = AttachCgroupDevice, Ids = ids, Count = ProgramsMax };
        // SAFETY: ids has room for Count numbers.
        Check(bpf(ProgQuery, &attributes, sizeof(QueryAttributes)), "BPF_PROG_QUERY", "");
        GC.KeepAlive(cgroup);
        return new ReadOnlySpan<uint>(ids, (int)attributes.Count).ToArray();
    }

    private static FileDescriptor Load(ReadOnlySpan<ulong> instructions)
    {
        var license = stackalloc byte[] { (byte)'A', (byte)'p', (byte)'a', (byte)'c', (byte)'h', (byte)'e', 0 };
        fixed (ulong* code = instructions)
        {
            var attributes = new LoadAttributes { Type = TypeCgroupDevice, Count = (uint)instructions.Length, Instructions = code, License = license };
            // SAFETY: code and license outlive the call, which copies them.
            var fd = bpf(ProgLoad, &attributes, sizeof(LoadAttributes));
            if (fd >= 0) return new FileDescriptor((nint)fd, ownsHandle: true);
            var errno = Errno.Last;
            throw new LinuxException(errno, "bpf", "BPF_PROG_LOAD " + Explain(attributes));
        }
    }

    /// <summary>Loads once more with the verifier's log on.</summary>
    private static string Explain(LoadAttributes attributes)
    {
        var log = new byte[LogSize];
        fixed (byte* buffer = log)
        {
            attributes.LogLevel = 1;
            attributes.LogSize = LogSize;
            attributes.LogBuffer = buffer;
            // SAFETY: as in Load; buffer is as long as said.
            var fd = bpf(ProgLoad, &attributes, sizeof(LoadAttributes));
            if (fd >= 0) new FileDescriptor((nint)fd, ownsHandle: true).Dispose();
        }

        var text = Encoding.UTF8.GetString(log.AsSpan(0, Math.Max(0, Array.IndexOf(log, (byte)0)))).TrimEnd();
        return text[(text.LastIndexOf('\n') + 1)..];
    }

    private static FileDescriptor ById(uint id)
    {
        var attributes = new IdAttributes { Id = id };
        // SAFETY: the struct is as long as said.
        return new FileDescriptor((nint)Check(bpf(ProgGetFdById, &attributes, sizeof(IdAttributes)), "BPF_PROG_GET_FD_BY_ID", ""), ownsHandle: true);
    }

    private static long bpf(int command, void* attributes, int size) => syscall(Syscalls.Bpf, command, (nint)attributes, size);

    private static long Check(long result, string command, string subject) =>
        result >= 0 ? result : throw new LinuxException(Errno.Last, "bpf", $"{command} {subject}".TrimEnd());

    // The parts of union bpf_attr (linux/bpf.h); the kernel takes missing fields at the end as zero.
    [StructLayout(LayoutKind.Sequential)]
    internal struct LoadAttributes
    {
        public uint Type;
        public uint Count;
        public ulong* Instructions;
        public byte* License;
        public uint LogLevel;
        public uint LogSize;
        public byte* LogBuffer;
        public uint KernelVersion;
        public uint Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct AttachAttributes
    {
        public uint Target;
        public uint Program;
        public uint Type;
        public uint Flags;
        public uint ReplaceProgram;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct QueryAttributes
    {
        public uint Target;
        public uint Type;
        public uint QueryFlags;
        public uint AttachFlags;
        public uint* Ids;
        public uint Count;
        public uint Reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct IdAttributes
    {
        public uint Id;
        public uint NextId;
        public uint OpenFlags;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long command, nint attributes, long size);
}
