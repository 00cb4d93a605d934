using System.Runtime.InteropServices;

namespace Troupe.Linux.Terminals;

/// <summary>termios(3). The structure is opaque here: libc fills it, makes it raw and takes it back.</summary>
internal static partial class Libc
{
    /// <summary>Room for <c>struct termios</c>: 60 bytes with glibc and musl on x86-64 and arm64.</summary>
    public const int TermiosBytes = 128;

    /// <summary>TCSADRAIN: change after everything written has been transmitted.</summary>
    public const int TcsaDrain = 1;

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int TcGetAttr(int fd, Span<byte> termios);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int TcSetAttr(int fd, int action, ReadOnlySpan<byte> termios);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    public static partial void CfMakeRaw(Span<byte> termios);

    /// <summary>TIOCGWINSZ of asm-generic.</summary>
    public const nuint TiocGWinSz = 0x5413;

    /// <summary>Rows, columns and two unused numbers (<c>struct winsize</c>).</summary>
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoctlWindowSize(int fd, nuint request, Span<ushort> size);
}
