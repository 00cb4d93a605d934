using System.Globalization;
using System.Text;
using System.Text.Json;
using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Linux.Processes;
using Troupe.Specs.Shim;

namespace Troupe.Runtime.Shim;

/// <summary>
/// <c>troupe-runtime shim --run-dir DIR [--listen-fd N]</c>. trouped passes the listening socket, so that it can connect before the
/// shim has begun to run; without it the shim binds DIR/shim.sock itself. Exit codes: 0 done, 1 failed (reason on stderr), 2 usage.
/// </summary>
internal static class ShimVerb
{
    private const int ConfigBytesMax = 4 * 1024 * 1024;

    public static int Run(ReadOnlySpan<string> arguments, Func<ShimConfig, ITaskRuntime> runtime, TextWriter errors)
    {
        if (!TryParse(arguments, out var runDirectory, out var listenFd))
        {
            errors.WriteLine("usage: troupe-runtime shim --run-dir DIR [--listen-fd N]");
            return 2;
        }
        try
        {
            Serve(runDirectory, listenFd, runtime);
            return 0;
        }
        catch (Exception failure) when (failure is IOException or JsonException or InvalidOperationException)
        {
            errors.WriteLine(failure.Message);
            return 1;
        }
    }

    private static void Serve(string runDirectory, int listenFd, Func<ShimConfig, ITaskRuntime> runtime)
    {
        // The lock is held for as long as we live: it tells a living shim from a stale socket, and allows one shim per directory.
        using var directory = DurableFile.OpenDirectory(runDirectory);
        if (!DurableFile.TryLock(directory)) throw new InvalidOperationException($"another shim serves {runDirectory}");
        Children.BecomeSessionLeader();
        Children.BecomeSubreaper();
        var config = ShimFiles.ReadConfig(
            DurableFile.ReadBounded(Path.Combine(runDirectory, ShimProtocol.ConfigName), ConfigBytesMax));
        if (config.RunDirectory != runDirectory) throw new InvalidOperationException($"shim.json is of {config.RunDirectory}");
        var listener = listenFd >= 0
            ? new FileDescriptor(listenFd, ownsHandle: true)
            : UnixListener.Listen(Path.Combine(runDirectory, ShimProtocol.SocketName), ShimLimits.Backlog);
        var self = new ShimPid(Environment.ProcessId, PidFds.StartTime(Environment.ProcessId) ?? 0);
        DurableFile.Write(runDirectory, ShimPid.FileName, Encoding.ASCII.GetBytes(self.ToString()));
        using var server = new ShimServer(config, listener, runtime(config));
        server.Run();
    }

    private static bool TryParse(ReadOnlySpan<string> arguments, out string runDirectory, out int listenFd)
    {
        runDirectory = "";
        listenFd = -1;
        for (var i = 0; i + 1 < arguments.Length; i += 2)
        {
            if (arguments[i] == "--run-dir") runDirectory = arguments[i + 1];
            else if (arguments[i] != "--listen-fd") return false;
            else if (!int.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out listenFd)) return false;
        }
        return arguments.Length % 2 == 0 && runDirectory.StartsWith('/');
    }
}
