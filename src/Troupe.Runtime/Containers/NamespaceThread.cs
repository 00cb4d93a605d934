using Troupe.Linux;
using Troupe.Linux.Programs;

namespace Troupe.Runtime.Containers;

/// <summary>Thread state is changed on a thread that is then thrown away, never on one that others use.</summary>
internal static class NamespaceThread
{
    /// <summary>Runs on a fresh thread whose future children are in the given namespaces.</summary>
    public static T Run<T>(FileDescriptor target, ulong types, Func<T> action)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                ThreadNamespaces.Enter(target, types);
                result = action();
            }
            catch (Exception e) when (e is LinuxException or RuntimeException)
            {
                failure = e;
            }
        }, maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        if (failure is not null) throw new RuntimeException(failure.Message, (failure as LinuxException)?.Errno ?? default, 128, failure);
        return result!;
    }
}
