namespace Troupe.Linux;

/// <summary>A system call that failed: which, on what, and why. Message: <c>mount(2) "/x" on "/y": EPERM (operation not permitted)</c>.</summary>
public sealed class LinuxException(Errno errno, string syscall, string subject)
    : IOException($"{syscall}(2){(subject.Length == 0 ? "" : " " + subject)}: {errno.Describe()}")
{
    public Errno Errno { get; } = errno;

    public string Syscall { get; } = syscall;

    public string Subject { get; } = subject;
}
