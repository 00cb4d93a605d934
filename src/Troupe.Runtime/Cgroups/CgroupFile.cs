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

    /// <summary>Several values, one after the other, each into its file; a file that comes twice in a row stays open.</summary>
    public static void WriteAll(string directory, IEnumerable<(string File, string Value)> values)
    {
        string? opened = null;
        FileDescriptor? file = null;
        try
        {
            foreach (var (name, value) in values)
            {
                if (opened != name)
                {
                    file?.Dispose();
                    file = null;
                    file = DescriptorFiles.Open($"{directory}/{name}", Kernel.O_WRONLY | Kernel.O_CLOEXEC);
                    opened = name;
                }

                WriteOne(file!, $"{directory}/{name}", value);
            }
        }
        catch (LinuxException e)
        {
            throw new RuntimeException($"unable to apply cgroup configuration: {e.Message}", e.Errno, 128, e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    private static void WriteOne(FileDescriptor file, string path, string value)
    {
        try
        {
            DescriptorIo.Write(file, Encoding.UTF8.GetBytes(value));
        }
        catch (LinuxException e)
        {
            throw new RuntimeException($"unable to apply cgroup configuration: failed to write \"{value}\": write {path}: {e.Errno.Describe()}", e.Errno, 128, e);
        }
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
