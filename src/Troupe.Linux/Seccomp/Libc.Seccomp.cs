using System.Runtime.InteropServices;

namespace Troupe.Linux.Seccomp;

/// <summary>libseccomp 2.5 and later, opened when first called. Functions return 0 or -errno; errno itself is not set.</summary>
internal static unsafe partial class LibSeccomp
{
    private const string Library = "libseccomp.so.2";

    public const int NameUnknown = -1; // __NR_SCMP_ERROR
    public const int AttributeBadArchitecture = 2; // SCMP_FLTATR_ACT_BADARCH

    /// <summary>struct scmp_arg_cmp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ArgCmp
    {
        public uint Argument;
        public uint Operator;
        public ulong DatumA;
        public ulong DatumB;
    }

    [LibraryImport(Library)]
    public static partial nint seccomp_init(uint defaultAction);

    [LibraryImport(Library)]
    public static partial void seccomp_release(nint context);

    [LibraryImport(Library)]
    public static partial int seccomp_arch_add(nint context, uint architecture);

    [LibraryImport(Library)]
    public static partial uint seccomp_arch_native();

    [LibraryImport(Library)]
    public static partial int seccomp_attr_set(nint context, int attribute, uint value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int seccomp_syscall_resolve_name(string name);

    [LibraryImport(Library)]
    public static partial byte* seccomp_syscall_resolve_num_arch(uint architecture, int number);

    [LibraryImport(Library)]
    public static partial int seccomp_rule_add_array(nint context, uint action, int syscall, uint count, ArgCmp* conditions);

    [LibraryImport(Library)]
    public static partial int seccomp_export_bpf(nint context, int fd);

    [LibraryImport("libc")]
    public static partial void free(void* memory);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int memfd_create(string name, uint flags);
}
