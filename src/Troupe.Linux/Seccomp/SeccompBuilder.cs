using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Troupe.Linux.Seccomp;

/// <summary>
/// Builds a filter with libseccomp. Not thread-safe. Failures are <see cref="LinuxException"/>s named after the library's function;
/// a library that is not installed is a <see cref="DllNotFoundException"/> from the constructor.
/// </summary>
public sealed unsafe class SeccompBuilder : IDisposable
{
    private const uint MfdCloexec = 1;
    private nint _context;

    /// <param name="defaultAction">For calls without a rule. Calls of an architecture that was not added kill the process's thread.</param>
    public SeccompBuilder(uint defaultAction)
    {
        _context = LibSeccomp.seccomp_init(defaultAction);
        if (_context == 0) throw new LinuxException(Errno.EINVAL, "seccomp_init", Hex(defaultAction));
    }

    /// <summary>The architecture of this machine; it needs no adding.</summary>
    public static uint NativeArchitecture => LibSeccomp.seccomp_arch_native();

    public void AddArchitecture(uint architecture)
    {
        var error = LibSeccomp.seccomp_arch_add(_context, architecture);
        if (error != 0 && -error != Errno.EEXIST.Value) throw Failed(error, "seccomp_arch_add", Hex(architecture));
    }

    /// <summary>
    /// The native number of a call, or below -1 a stand-in for one that only another architecture has; null when the library does not know it.
    /// </summary>
    public static int? Resolve(string name)
    {
        var number = LibSeccomp.seccomp_syscall_resolve_name(name);
        return number == LibSeccomp.NameUnknown ? null : number;
    }

    /// <summary>The name of a call of that architecture; null when the library knows none of that number.</summary>
    public static string? NameOf(uint architecture, int number)
    {
        // SAFETY: the function returns NULL or a text of malloc that is the caller's to free.
        var name = LibSeccomp.seccomp_syscall_resolve_num_arch(architecture, number);
        var text = Marshal.PtrToStringUTF8((nint)name);
        LibSeccomp.free(name);
        return text;
    }

    /// <summary>Adds a rule to every architecture that has the call. All conditions must hold.</summary>
    public void AddRule(uint action, string name, int syscall, ReadOnlySpan<SeccompCondition> conditions)
    {
        var native = stackalloc LibSeccomp.ArgCmp[6];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(conditions.Length, 6);
        for (var i = 0; i < conditions.Length; i++)
        {
            native[i] = new LibSeccomp.ArgCmp
            {
                Argument = conditions[i].Argument, Operator = (uint)conditions[i].Operator, DatumA = conditions[i].A, DatumB = conditions[i].B,
            };
        }

        // SAFETY: the array holds conditions.Length entries and is only read during the call.
        var error = LibSeccomp.seccomp_rule_add_array(_context, action, syscall, (uint)conditions.Length, native);
        if (error != 0) throw Failed(error, "seccomp_rule_add_array", name);
    }

    /// <summary>The filter as an array of struct sock_filter (8 bytes each).</summary>
    public byte[] Export()
    {
        var fd = LibSeccomp.memfd_create("seccomp", MfdCloexec);
        if (fd < 0) throw new LinuxException(Errno.Last, "memfd_create", "seccomp");
        using var file = new SafeFileHandle(fd, ownsHandle: true);
        var error = LibSeccomp.seccomp_export_bpf(_context, fd);
        if (error != 0) throw Failed(error, "seccomp_export_bpf", "");
        var filter = new byte[RandomAccess.GetLength(file)];
        var read = RandomAccess.Read(file, filter, 0);
        return read == filter.Length ? filter : throw new LinuxException(Errno.EIO, "read", "seccomp");
    }

    public void Dispose()
    {
        if (_context == 0) return;
        LibSeccomp.seccomp_release(_context);
        _context = 0;
    }

    private static LinuxException Failed(int error, string function, string subject) => new(new Errno(-error), function, subject);

    private static string Hex(uint value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
