using System.Runtime.InteropServices;
using Troupe.Linux.Programs;

namespace Troupe.Linux.Processes;

/// <summary>A terminal's saved mode (termios), so that raw mode can be taken back.</summary>
public sealed unsafe partial class TerminalMode
{
    // struct termios of glibc is 60 bytes; checked by a test.
    private const int TermiosSize = 64;
    private const int TcsaNow = 0;
    private readonly int _descriptor;
    private readonly byte[] _termios;

    private TerminalMode(int descriptor, byte[] termios) => (_descriptor, _termios) = (descriptor, termios);

    /// <summary>Raw mode; null when the descriptor is no terminal.</summary>
    public static TerminalMode? TryMakeRaw(int descriptor)
    {
        var saved = new byte[TermiosSize];
        fixed (byte* termios = saved)
        {
            if (tcgetattr(descriptor, termios) != 0) return null;
        }

        var raw = (byte[])saved.Clone();
        fixed (byte* termios = raw)
        {
            cfmakeraw(termios);
            if (tcsetattr(descriptor, TcsaNow, termios) != 0) return null;
        }

        return new TerminalMode(descriptor, saved);
    }

    public void Restore()
    {
        fixed (byte* termios = _termios) _ = tcsetattr(_descriptor, TcsaNow, termios);
    }

    /// <summary>Gives a pty the window size of another terminal; nothing happens when that is none.</summary>
    public static void CopySize(int from, FileDescriptor to)
    {
        const int getSize = 0x5413;
        var window = stackalloc ushort[4];
        if (ioctl(from, getSize, window) == 0) _ = ioctl(to.Number, Kernel.TIOCSWINSZ, window);
    }

    /// <summary>Sets a pty's size in character cells.</summary>
    public static void SetSize(FileDescriptor terminal, int rows, int columns)
    {
        var window = stackalloc ushort[4];
        window[0] = (ushort)rows;
        window[1] = (ushort)columns;
        if (ioctl(terminal.Number, Kernel.TIOCSWINSZ, window) != 0) throw new LinuxException(Errno.Last, "ioctl", "TIOCSWINSZ");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcgetattr(int fd, byte* termios);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcsetattr(int fd, int actions, byte* termios);

    [LibraryImport("libc")]
    private static partial void cfmakeraw(byte* termios);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, nuint request, void* argument);
}
