using Troupe.Linux;
using Troupe.Protocol;

namespace Troupe.Images;

/// <summary>An expected failure of the image side, with the text that the client sees. Never escapes the project: actors answer with it.</summary>
internal class ImageException : Exception
{
    public ImageException(ErrorCode code, string message) : base(message) => Code = code;

    public ImageException(ErrorCode code, string message, Exception inner) : base(message, inner) => Code = code;

    public ErrorCode Code { get; }

    public CommandFailed ToReply() => new(Code, Message);

    /// <summary>What a failed file operation means to the client. A full disk is told in the kernel's own words, as Docker does.</summary>
    public static ImageException FromFile(IOException error) => error switch
    {
        LinuxException e when e.Errno == Errno.ENOSPC || e.Errno == Errno.EDQUOT =>
            new(ErrorCode.ResourceExhausted, $"{e.Syscall} {e.Subject}: {Words(e.Errno)}", e),
        _ when IsDiskFull(error) => new(ErrorCode.ResourceExhausted, "write: no space left on device", error),
        _ => new(ErrorCode.Internal, error.Message, error),
    };

    private static string Words(Errno errno) => errno == Errno.ENOSPC ? "no space left on device" : "disk quota exceeded";

    // FileStream reports errno in the low word of its HResult.
    private static bool IsDiskFull(IOException error) => (error.HResult & 0xFFFF) == Errno.ENOSPC.Value;
}
