using System.Runtime.InteropServices;
using System.Globalization;
using Troupe.Linux.Programs;

namespace Troupe.Linux.Processes;

/// <summary>Processes by pidfd (Linux 5.3 and later): a pid that was reused is never signalled by mistake.</summary>
public static unsafe partial class PidFds
{
    private const int PPidFd = 3; // P_PIDFD
    private const int WNoHang = 1;
    private const int WExited = 4;

    public static FileDescriptor Open(int pid) =>
        TryOpen(pid, out var errno) ?? throw new LinuxException(errno, "pidfd_open", pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Null with ESRCH when there is no such process.</summary>
    public static FileDescriptor? TryOpen(int pid, out Errno errno)
    {
        var fd = syscall(Syscalls.PidfdOpen, pid, 0, 0, 0);
        errno = fd < 0 ? Errno.Last : default;
        return fd < 0 ? null : new FileDescriptor(fd, ownsHandle: true);
    }

    /// <summary>False when the process is gone.</summary>
    public static bool Signal(FileDescriptor pidFd, int signal)
    {
        if (syscall(Syscalls.PidfdSendSignal, pidFd.Number, signal, 0, 0) == 0) return true;
        var errno = Errno.Last;
        return errno == Errno.ESRCH ? false : throw new LinuxException(errno, "pidfd_send_signal", "");
    }

    /// <summary>
    /// Waits until a child has ended and collects it: exit code 0 to 255, or 128 + signal. With <paramref name="block"/> false, null while it runs.
    /// </summary>
    public static int? Wait(FileDescriptor pidFd, bool block)
    {
        // siginfo_t is 128 bytes; si_signo at 0, si_pid at 12, si_status at 24, si_code at 8 (64-bit Linux).
        var info = stackalloc int[32];
        info[3] = 0;
        int result;
        do result = waitid(PPidFd, (uint)pidFd.Number, info, WExited | (block ? 0 : WNoHang), 0);
        while (result != 0 && Errno.Last == Errno.EINTR);
        if (result != 0) throw new LinuxException(Errno.Last, "waitid", "");
        if (info[3] == 0) return null;
        return info[2] == 1 ? info[6] & 0xff : 128 + (info[6] & 0x7f);
    }

    /// <summary>Field 22 of /proc/PID/stat (clock ticks since boot), or null when there is no such process. With the pid it names a process for ever.</summary>
    public static ulong? StartTime(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : ulong.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitid(int idtype, uint id, int* info, int options, nint rusage);
}
