namespace Troupe.Linux.Netlink;

/// <summary>
/// A netlink request that the kernel refused: which, on what, and the kernel's own words when it gave some. Message:
/// <c>RTM_NEWLINK "trp1": EEXIST (file exists)</c>.
/// </summary>
public sealed class NetlinkException(Errno errno, string operation, string subject, string kernelText)
    : IOException(
        $"{operation}{(subject.Length == 0 ? "" : " " + subject)}: {errno.Describe()}{(kernelText.Length == 0 ? "" : ": " + kernelText)}")
{
    public Errno Errno { get; } = errno;

    public string Operation { get; } = operation;

    /// <summary>The extended acknowledgement's text; empty when the kernel gave none.</summary>
    public string KernelText { get; } = kernelText;
}
