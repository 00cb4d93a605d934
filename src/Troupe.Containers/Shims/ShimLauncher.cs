using System.Globalization;
using System.Text;
using System.Text.Json;
using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Linux.Processes;
using Troupe.Specs.Shim;

namespace Troupe.Containers.Shims;

/// <summary>How shims are started on this node.</summary>
/// <param name="RuntimePath">The troupe-runtime executable; all shims of a version share its pages.</param>
/// <param name="RuntimeRoot">State directory of the runtime (its --root).</param>
/// <param name="CgroupDirectory">
/// A cgroup directory (of the hierarchy by which the service manager kills) that shims move to, so that stopping the service spares
/// them; null: they stay in trouped's.
/// </param>
public sealed record ShimLauncherOptions(string RuntimePath, string RuntimeRoot, string? CgroupDirectory);

/// <summary>
/// Starts, finds and clears away shims.
/// <code>
///   trouped: run directory 0700, shim.json 0600, listening socket
///   trouped: spawn "troupe-runtime shim --run-dir DIR --listen-fd 3" with the socket as descriptor 3
///   trouped: connect and Hello: waits in the socket until the shim has come up, or breaks when it died; nobody polls or sleeps
/// </code>
/// </summary>
public sealed class ShimLauncher(ShimLauncherOptions options, TimeProvider time) : IShimLauncher, IDisposable
{
    private const int ListenDescriptor = 3;
    private const int Backlog = 512;
    private const string ErrorLogName = "shim.log";
    private readonly ProcessWatcher _watcher = new();

    public async Task<IShimConnection> StartAsync(ShimConfig config, CancellationToken cancel)
    {
        SpawnedProcess? spawned = null;
        Task<int>? ended = null;
        try
        {
            spawned = Spawn(config);
            ended = _watcher.WatchAsync(spawned.PidFd);
            var connection = await ShimConnection.OpenAsync(config.RunDirectory, config.Id, ByteLimits.TimeoutSpawn, time, cancel).ConfigureAwait(false)
                ?? throw new ShimException($"the shim ended at once with code {await ended.ConfigureAwait(false)}", 0);
            connection.EndWith(ended);
            return connection;
        }
        catch (Exception failure) when (failure is ShimException or LinuxException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            var reason = ReadErrorLog(config.RunDirectory);
            if (spawned is not null && ended is not { IsCompleted: true }) await KillAsync(spawned.Pid).ConfigureAwait(false);
            TryDeleteDirectory(config.RunDirectory);
            if (failure is OperationCanceledException) throw;
            var errno = failure switch { LinuxException linux => linux.Errno.Value, ShimException shim => shim.Errno, _ => 0 };
            throw new ShimException($"the shim can't be started: {failure.Message}{reason}", errno, failure);
        }
    }

    public async Task<IShimConnection?> ConnectAsync(string runDirectory, CancellationToken cancel)
    {
        var config = ReadConfig(runDirectory);
        if (config is null) return null;
        // A child that a killed shim left may hold its sockets open: only the process itself tells whether it lives.
        FileDescriptor? living = null;
        if (ReadPid(runDirectory) is { } shim && (living = OpenLiving(shim)) is null) return null;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var ended = living is null ? null : CancelWhenAsync(_watcher.WatchAsync(living), gone);
        try
        {
            var connection = await ShimConnection.OpenAsync(runDirectory, config.Id, ByteLimits.TimeoutCall, time, gone.Token).ConfigureAwait(false);
            if (ended is not null) connection?.EndWith(ended);
            return connection;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task CancelWhenAsync(Task ended, CancellationTokenSource source)
    {
        await ended.ConfigureAwait(false);
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The connection is there; its end is another's to tell.
        }
    }

    private static FileDescriptor? OpenLiving(ShimPid shim)
    {
        var pidFd = PidFds.TryOpen(shim.Pid, out _);
        if (pidFd is null || PidFds.StartTime(shim.Pid) == shim.StartTime) return pidFd;
        pidFd.Dispose();
        return null;
    }

    public ShimExitRecord? ReadExit(string runDirectory) => ReadExitFile(runDirectory);

    public async Task CleanAsync(string id, string runDirectory, CancellationToken cancel)
    {
        if (ReadPid(runDirectory) is { } shim && PidFds.StartTime(shim.Pid) == shim.StartTime) await KillAsync(shim.Pid).ConfigureAwait(false);
        if (Directory.Exists(Path.Combine(options.RuntimeRoot, id))) await DeleteContainerAsync(id, cancel).ConfigureAwait(false);
        try
        {
            if (Directory.Exists(runDirectory)) Directory.Delete(runDirectory, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ShimException($"{runDirectory} can't be removed: {failure.Message}", 0, failure);
        }
    }

    public void Dispose() => _watcher.Dispose();

    internal static ShimExitRecord? ReadExitFile(string runDirectory)
    {
        try
        {
            return ShimFiles.ReadExit(DurableFile.ReadBounded(Path.Combine(runDirectory, ShimProtocol.ExitName), ByteLimits.ShimFileBytesMax));
        }
        catch (Exception missing) when (missing is IOException or JsonException)
        {
            return null;
        }
    }

    private SpawnedProcess Spawn(ShimConfig config)
    {
        DurableFile.CreatePrivateDirectory(config.RunDirectory);
        DurableFile.Write(config.RunDirectory, ShimProtocol.ConfigName, ShimFiles.Write(config));
        using var listener = UnixListener.Listen(Path.Combine(config.RunDirectory, ShimProtocol.SocketName), Backlog);
        using var errors = DurableFile.OpenAppend(Path.Combine(config.RunDirectory, ErrorLogName), 0b110_000_000);
        // posix_spawn maps in order: a source whose number is a later target would be overwritten, so ours are moved out of the way.
        using var socket = DescriptorIo.Duplicate(listener, 10);
        using var log = DescriptorIo.Duplicate(errors, 10);
        var spawned = ProcessSpawner.Start(new SpawnRequest(
            options.RuntimePath,
            ["troupe-runtime", "shim", "--run-dir", config.RunDirectory, "--listen-fd", ListenDescriptor.ToString(CultureInfo.InvariantCulture)],
            ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            [(1, log), (2, log), (ListenDescriptor, socket)],
            NewSession: true));
        JoinCgroup(spawned.Pid);
        return spawned;
    }

    private void JoinCgroup(int pid)
    {
        if (options.CgroupDirectory is not { } cgroup) return;
        Directory.CreateDirectory(cgroup);
        File.WriteAllText(Path.Combine(cgroup, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Kills and waits until it is gone. Harmless when it is.</summary>
    private async Task KillAsync(int pid)
    {
        var pidFd = PidFds.TryOpen(pid, out _);
        if (pidFd is null) return;
        PidFds.Signal(pidFd, 9);
        try
        {
            await _watcher.WatchAsync(pidFd).WaitAsync(ByteLimits.TimeoutKilled, time).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new ShimException($"the shim (process {pid}) does not end", Errno.ETIMEDOUT.Value, late);
        }
    }

    /// <summary>The runtime knows the container's cgroup from its state: it kills what is left in it and removes both.</summary>
    private async Task DeleteContainerAsync(string id, CancellationToken cancel)
    {
        var output = Path.Combine(options.RuntimeRoot, id + ".delete.log");
        using var log = DurableFile.OpenAppend(output, 0b110_000_000);
        using var moved = DescriptorIo.Duplicate(log, 10);
        try
        {
            var spawned = ProcessSpawner.Start(new SpawnRequest(
                options.RuntimePath, ["troupe-runtime", "--root", options.RuntimeRoot, "delete", "--force", id],
                ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], [(1, moved), (2, moved)], NewSession: true));
            var code = await _watcher.WatchAsync(spawned.PidFd).WaitAsync(ByteLimits.TimeoutCreate, time, cancel).ConfigureAwait(false);
            if (code != 0) throw new ShimException($"the container's remains can't be removed: {ReadText(output)}", 0);
        }
        catch (LinuxException failure)
        {
            throw new ShimException($"the container's remains can't be removed: {failure.Message}", failure.Errno.Value, failure);
        }
        catch (TimeoutException late)
        {
            throw new ShimException("the container's remains were not removed in time", Errno.ETIMEDOUT.Value, late);
        }
        finally
        {
            DurableFile.TryDelete(output);
        }
    }

    private static ShimConfig? ReadConfig(string runDirectory)
    {
        try
        {
            return ShimFiles.ReadConfig(DurableFile.ReadBounded(Path.Combine(runDirectory, ShimProtocol.ConfigName), ByteLimits.ShimFileBytesMax));
        }
        catch (Exception missing) when (missing is IOException or JsonException)
        {
            return null;
        }
    }

    private static ShimPid? ReadPid(string runDirectory) =>
        ShimPid.TryParse(ReadText(Path.Combine(runDirectory, ShimPid.FileName)), out var pid) ? pid : null;

    private static string ReadErrorLog(string runDirectory)
    {
        var text = ReadText(Path.Combine(runDirectory, ErrorLogName)).Trim();
        return text.Length == 0 ? "" : $" ({text})";
    }

    private static string ReadText(string path)
    {
        try
        {
            var text = Encoding.UTF8.GetString(DurableFile.ReadBounded(path, ByteLimits.ShimFileBytesMax));
            return text.Length <= ByteLimits.ShimErrorCharsMax ? text : text[..ByteLimits.ShimErrorCharsMax];
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static void TryDeleteDirectory(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Found again by CleanAsync, under the same name.
        }
    }
}
