using Troupe.Protocol;

namespace Troupe.Networks.Bridge;

/// <summary>
/// Held between the choice of a subnet and the moment it is on a bridge, where others see it: without it, two daemons that start together
/// choose the same. A file's lock, so that it goes with the process; readable by root only, so that nobody else can hold it.
/// </summary>
internal sealed class PoolLock : IDisposable
{
    private readonly FileStream _file;

    private PoolLock(FileStream file) => _file = file;

    /// <exception cref="NetworkKernelException">Unavailable: another daemon holds it just now.</exception>
    public static PoolLock Take(string path)
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException();
        try
        {
            return new PoolLock(new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }));
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new NetworkKernelException(ErrorCode.Unavailable, $"another daemon is choosing an address pool ({path} is locked)")
            {
                IsBusy = true,
            };
        }
    }

    public void Dispose() => _file.Dispose();
}
