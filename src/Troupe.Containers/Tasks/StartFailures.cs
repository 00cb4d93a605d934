using Troupe.Containers.Bundles;
using Troupe.Containers.Runc;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Containers.Tasks;

/// <summary>Why a start came to nothing, as Docker says it. <paramref name="ExitCode"/> 126, 127 or 128.</summary>
internal sealed record StartFailure(int ExitCode, ErrorCode Code, string Message);

/// <summary>
/// Docker's exit codes and texts of a failed start. The docker CLI reads its own exit code (127, 126, 125) out of the text, so
/// "executable file not found", "no such file or directory" and "permission denied" must be in it.
/// </summary>
internal static class StartFailures
{
    private const int Other = 128;
    private const int NotExecutable = 126;
    private const int NotFound = 127;
    private const int ENOENT = 2;
    private const int ENOEXEC = 8;
    private const int EACCES = 13;
    private const int ENOTDIR = 20;
    private const int EISDIR = 21;

    private const string Prefix =
        "failed to create task for container: failed to create shim task: OCI runtime create failed: troupe-runtime create failed: ";

    public static StartFailure Interrupted { get; } = new(
        Other, ErrorCode.Unavailable, "the start was interrupted by a restart of the engine; nothing of it is left");

    public static StartFailure Of(CommandFailed problem) => new(Other, problem.Code, problem.Message);

    public static StartFailure Of(BundleFailed failed) => new(failed.ExitCode, failed.Code, failed.Message);

    /// <summary>
    /// The runtime looks for the program where it makes the container or where it starts it, as it sees fit; as in dockerd its words
    /// decide, and where it has none of them the errno of the start.
    /// </summary>
    public static StartFailure Of(ShimFailed failed, ContainerSpec spec)
    {
        var command = (spec.Entrypoint ?? []).Concat(spec.Cmd ?? []).FirstOrDefault("");
        var said = CodeOf(failed.Message, command);
        var code = said != Other ? said : failed.Step == ShimStep.Start ? CodeOf(failed.Errno) : Other;
        var reason = said != Other || code == Other ? failed.Message : Exec(failed.Errno, code, command);
        if (code == Other) return new StartFailure(Other, ErrorCode.Internal, $"{Prefix}{reason}: unknown");
        return new StartFailure(code, ErrorCode.InvalidArgument, $"{Prefix}unable to start container process: {reason}: unknown");
    }

    public static string CannotKill(ContainerId id, string reason) =>
        $"cannot remove container {id}: could not kill container: {reason}";

    public static string CannotRemove(ContainerId id, string reason) => $"cannot remove container {id}: {reason}";

    private static int CodeOf(string message, string command)
    {
        if (command.Length == 0 || !message.Contains("exec", StringComparison.Ordinal)
            || !message.Contains(command, StringComparison.Ordinal)) return Other;
        if (message.Contains("executable file not found", StringComparison.Ordinal)
            || message.Contains("no such file or directory", StringComparison.OrdinalIgnoreCase)) return NotFound;
        return message.Contains("permission denied", StringComparison.OrdinalIgnoreCase)
            || message.Contains("exec format error", StringComparison.OrdinalIgnoreCase) ? NotExecutable : Other;
    }

    private static int CodeOf(int errno) => errno switch
    {
        ENOENT or ENOTDIR => NotFound,
        EACCES or EISDIR or ENOEXEC => NotExecutable,
        _ => Other,
    };

    private static string Exec(int errno, int code, string command)
    {
        var reason = (code, errno) switch
        {
            (NotFound, _) when !command.Contains('/', StringComparison.Ordinal) => "executable file not found in $PATH",
            (NotFound, ENOTDIR) => $"stat {command}: not a directory",
            (NotFound, _) => $"stat {command}: no such file or directory",
            (_, ENOEXEC) => "exec format error",
            (_, EISDIR) => "is a directory: permission denied",
            _ => "permission denied",
        };
        return $"exec: \"{command}\": {reason}";
    }
}
