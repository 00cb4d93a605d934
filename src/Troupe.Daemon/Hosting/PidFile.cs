using System.Globalization;
using Troupe.Daemon.Options;

namespace Troupe.Daemon.Hosting;

/// <summary>The file with the daemon's pid: refuses to take a living daemon's, replaces a stale one, goes away at the end.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;

    private PidFile(string path) => _path = path;

    /// <exception cref="OptionsException">Another process that it names lives, or it can't be written.</exception>
    public static PidFile Write(string path)
    {
        try
        {
            if (File.Exists(path) && int.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var pid)
                && pid != Environment.ProcessId && IsTrouped(pid))
            {
                throw new OptionsException($"process with PID {pid} is still running; remove {path} if it is not a trouped");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new PidFile(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OptionsException($"the pid file {path} can't be written: {error.Message}");
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A read-only file system at the end of the process: a stale pid file is recognised at the next start.
        }
    }

    /// <summary>A pid that was used again by some other program must not keep the daemon from starting.</summary>
    private static bool IsTrouped(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains("trouped", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
