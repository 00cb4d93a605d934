using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Troupe.Linux;

/// <summary>An owned file descriptor, closed once. Always O_CLOEXEC.</summary>
public sealed partial class FileDescriptor : SafeHandleZeroOrMinusOneIsInvalid
{
    public FileDescriptor() : base(ownsHandle: true)
    {
    }

    public FileDescriptor(nint fd, bool ownsHandle) : base(ownsHandle) => SetHandle(fd);

    /// <summary>The number, for the code that fills system call arguments. The caller keeps this object alive.</summary>
    public int Number => (int)handle;

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);
}
