using Troupe.Linux;
using Troupe.Linux.Programs;
using Troupe.Runtime.Programs;

namespace Troupe.Runtime.Containers;

/// <summary>A child's failed operation in runc's words, with the exit code that Docker gives it.</summary>
internal static class ChildErrors
{
    private const int NotFound = 127;
    private const int NotExecutable = 126;
    private const int Other = 128;

    public static RuntimeException Translate(ChildFailedException failure)
    {
        var (purpose, errno) = (failure.Failure.Purpose, failure.Failure.Errno);
        if (purpose.StartsWith(ProcessTail.FindPurpose, StringComparison.Ordinal))
        {
            var what = purpose[ProcessTail.FindPurpose.Length..];
            return what.Contains(": stat ", StringComparison.Ordinal)
                ? new RuntimeException($"{what}: no such file or directory", Errno.ENOENT, NotFound, failure)
                : new RuntimeException($"{what}: executable file not found in $PATH", Errno.ENOENT, NotFound, failure);
        }

        if (purpose.StartsWith(ProcessTail.ExecPurpose, StringComparison.Ordinal))
        {
            var name = purpose[ProcessTail.ExecPurpose.Length..];
            return errno == Errno.ENOENT
                ? new RuntimeException($"exec {name}: no such file or directory", errno, NotFound, failure)
                : new RuntimeException($"exec: \"{name}\": {Words(errno)}", errno, NotExecutable, failure);
        }

        return new RuntimeException($"unable to start container process: {purpose}: {Words(errno)}", errno, Other, failure);
    }

    /// <summary>The errno's text without its name.</summary>
    private static string Words(Errno errno)
    {
        var text = errno.Describe();
        var start = text.IndexOf('(', StringComparison.Ordinal);
        return start < 0 ? text : text[(start + 1)..^1];
    }
}
