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

    /// <summary>True for a reply of <see cref="FromFile"/> about a full disk: told by the words that the client sees.</summary>
    public static bool IsDiskFull(CommandFailed failure) => failure.Code == ErrorCode.ResourceExhausted
        && (failure.Message.EndsWith(Words(Errno.ENOSPC), StringComparison.Ordinal) || failure.Message.EndsWith(Words(Errno.EDQUOT), StringComparison.Ordinal));

    /// <summary>What a failed file operation means to the client. A full disk is told in the kernel's own words, as Docker does.</summary>
    public static ImageException FromFile(IOException error) => error switch
    {
        LinuxException e when e.Errno == Errno.ENOSPC || e.Errno == Errno.EDQUOT =>
            new(ErrorCode.ResourceExhausted, $"{e.Syscall} {e.Subject}: {Words(e.Errno)}", e),
        _ when ErrnoOf(error) == Errno.ENOSPC.Value => new(ErrorCode.ResourceExhausted, "write: " + Words(Errno.ENOSPC), error),
        _ when ErrnoOf(error) == Errno.EDQUOT.Value => new(ErrorCode.ResourceExhausted, "write: " + Words(Errno.EDQUOT), error),
        _ => new(ErrorCode.Internal, error.Message, error),
    };

    private static string Words(Errno errno) => errno == Errno.ENOSPC ? "no space left on device" : "disk quota exceeded";

    // FileStream reports errno in the low word of its HResult.
    private static int ErrnoOf(IOException error) => error.HResult & 0xFFFF;
}
