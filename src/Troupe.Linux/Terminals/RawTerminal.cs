namespace Troupe.Linux.Terminals;

/// <summary>
/// A terminal in raw mode: keys arrive at once, unechoed and uninterpreted (Ctrl-C is a byte). Disposing puts back what was set before;
/// doing it twice is harmless.
/// </summary>
public sealed class RawTerminal : IDisposable
{
    private readonly int _fd;
    private byte[]? _before;

    private RawTerminal(int fd, byte[] before)
    {
        _fd = fd;
        _before = before;
    }

    /// <summary>Makes the terminal behind a descriptor raw; the descriptor stays the caller's.</summary>
    /// <exception cref="LinuxException">ENOTTY: not a terminal.</exception>
    public static RawTerminal Enter(int fd)
    {
        var before = new byte[Libc.TermiosBytes];
        if (Libc.TcGetAttr(fd, before) != 0) throw new LinuxException(Errno.Last, "tcgetattr", $"fd {fd}");
        var raw = before.ToArray();
        Libc.CfMakeRaw(raw);
        Set(fd, raw);
        return new RawTerminal(fd, before);
    }

    /// <summary>False for a pipe, a file, or a terminal that does not say (a size of 0 by 0 counts as not saying).</summary>
    public static bool TryGetSize(int fd, out (int Rows, int Columns) size)
    {
        var winsize = new ushort[4];
        var isTerminal = Libc.IoctlWindowSize(fd, Libc.TiocGWinSz, winsize) == 0;
        size = (winsize[0], winsize[1]);
        return isTerminal && size is { Rows: > 0, Columns: > 0 };
    }

    public static bool IsTerminal(int fd) => Libc.TcGetAttr(fd, new byte[Libc.TermiosBytes]) == 0;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _before, null) is { } before) Set(_fd, before);
    }

    private static void Set(int fd, byte[] termios)
    {
        while (Libc.TcSetAttr(fd, Libc.TcsaDrain, termios) != 0)
        {
            if (Errno.Last != Errno.EINTR) throw new LinuxException(Errno.Last, "tcsetattr", $"fd {fd}");
        }
    }
}
