using System.Runtime.InteropServices;

namespace Troupe.Linux;

/// <summary>An errno value; names and numbers of asm-generic (the same on x86-64 and arm64). Checked against the C headers by a test.</summary>
public readonly record struct Errno(int Value)
{
    public static readonly Errno EPERM = new(1);
    public static readonly Errno ENOENT = new(2);
    public static readonly Errno ESRCH = new(3);
    public static readonly Errno EINTR = new(4);
    public static readonly Errno EIO = new(5);
    public static readonly Errno ENXIO = new(6);
    public static readonly Errno E2BIG = new(7);
    public static readonly Errno ENOEXEC = new(8);
    public static readonly Errno EBADF = new(9);
    public static readonly Errno ECHILD = new(10);
    public static readonly Errno EAGAIN = new(11);
    public static readonly Errno ENOMEM = new(12);
    public static readonly Errno EACCES = new(13);
    public static readonly Errno EBUSY = new(16);
    public static readonly Errno EEXIST = new(17);
    public static readonly Errno EXDEV = new(18);
    public static readonly Errno ENODEV = new(19);
    public static readonly Errno ENOTDIR = new(20);
    public static readonly Errno EISDIR = new(21);
    public static readonly Errno EINVAL = new(22);
    public static readonly Errno ENFILE = new(23);
    public static readonly Errno EMFILE = new(24);
    public static readonly Errno ENOTTY = new(25);
    public static readonly Errno ETXTBSY = new(26);
    public static readonly Errno EFBIG = new(27);
    public static readonly Errno ENOSPC = new(28);
    public static readonly Errno EROFS = new(30);
    public static readonly Errno EPIPE = new(32);
    public static readonly Errno ERANGE = new(34);
    public static readonly Errno ENAMETOOLONG = new(36);
    public static readonly Errno ENOSYS = new(38);
    public static readonly Errno ENOTEMPTY = new(39);
    public static readonly Errno ELOOP = new(40);
    public static readonly Errno ENODATA = new(61);
    public static readonly Errno EOPNOTSUPP = new(95);
    public static readonly Errno EADDRINUSE = new(98);
    public static readonly Errno ENETUNREACH = new(101);
    public static readonly Errno ECONNREFUSED = new(111);
    public static readonly Errno ETIMEDOUT = new(110);
    public static readonly Errno EDQUOT = new(122);

    /// <summary>The calling thread's errno after a LibraryImport with SetLastError.</summary>
    public static Errno Last => new(Marshal.GetLastPInvokeError());

    /// <summary>Name and text, e.g. <c>EPERM (operation not permitted)</c>.</summary>
    public string Describe()
    {
        var text = Marshal.GetPInvokeErrorMessage(Value);
        if (text.Length > 0) text = char.ToLowerInvariant(text[0]) + text[1..];
        return $"{Name} ({text})";
    }

    public string Name => Value switch
    {
        1 => "EPERM", 2 => "ENOENT", 3 => "ESRCH", 4 => "EINTR", 5 => "EIO", 6 => "ENXIO", 7 => "E2BIG", 8 => "ENOEXEC", 9 => "EBADF",
        10 => "ECHILD", 11 => "EAGAIN", 12 => "ENOMEM", 13 => "EACCES", 16 => "EBUSY", 17 => "EEXIST", 18 => "EXDEV",
        19 => "ENODEV", 20 => "ENOTDIR", 21 => "EISDIR", 22 => "EINVAL", 23 => "ENFILE", 24 => "EMFILE", 25 => "ENOTTY",
        26 => "ETXTBSY", 27 => "EFBIG", 28 => "ENOSPC", 30 => "EROFS", 32 => "EPIPE", 34 => "ERANGE", 36 => "ENAMETOOLONG",
        38 => "ENOSYS", 39 => "ENOTEMPTY", 40 => "ELOOP", 61 => "ENODATA", 95 => "EOPNOTSUPP", 98 => "EADDRINUSE",
        101 => "ENETUNREACH", 110 => "ETIMEDOUT", 111 => "ECONNREFUSED", 122 => "EDQUOT",
        _ => "errno " + Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    public override string ToString() => Name;
}
