using Troupe.Daemon.Options;

namespace Troupe.Daemon.Hosting;

/// <summary>
/// Exclusive use of a data root: an flock(2) that the kernel gives back when the process ends, however it ends. The file stays.
/// </summary>
internal sealed class DataRootLock : IDisposable
{
    private readonly FileStream _file;

    private DataRootLock(FileStream file) => _file = file;

    /// <exception cref="OptionsException">Another daemon uses the root, or it can't be made or written.</exception>
    public static DataRootLock Take(string dataRoot)
    {
        try
        {
            Directory.CreateDirectory(dataRoot, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            var path = Path.Combine(dataRoot, "lock");
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Linux, and the descriptor is O_CLOEXEC: no shim inherits it.
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
            file.Flush();
            return new DataRootLock(file);
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new OptionsException($"the data root {dataRoot} is in use by another trouped (or can't be locked): {error.Message}");
        }
        catch (UnauthorizedAccessException error)
        {
            throw new OptionsException($"the data root {dataRoot} can't be used: {error.Message}");
        }
    }

    public void Dispose() => _file.Dispose();
}
