using System.Text;
using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Linux.Programs;
using Troupe.Runtime.Containers;

namespace Troupe.Runtime.Cgroups;

/// <summary>cgroupfs files take one value per write(2): never through a buffered stream.</summary>
internal static class CgroupFile
{
    /// <exception cref="RuntimeException">With the file, the value and the errno, as runc says it.</exception>
    public static void Write(string path, string value)
    {
        if (TryWrite(path, value) is not { } failure) return;
        throw new RuntimeException(
            $"unable to apply cgroup configuration: failed to write \"{value}\": write {path}: {failure.Errno.Describe()}", failure.Errno, 128, failure);
    }

    public static LinuxException? TryWrite(string path, string value)
    {
        try
        {
            using var file = DescriptorFiles.Open(path, Kernel.O_WRONLY | Kernel.O_CLOEXEC);
            DescriptorIo.Write(file, Encoding.UTF8.GetBytes(value));
            return null;
        }
        catch (LinuxException e)
        {
            return e;
        }
    }

    /// <summary>False when the directory is busy; true when it is gone, also when it never was.</summary>
    public static bool TryRemoveDirectory(string path)
    {
        var errno = DescriptorFiles.RemoveDirectory(path);
        return errno == default || errno == Errno.ENOENT;
    }
}
