using System.Globalization;
using System.Text;

namespace Troupe.Linux.Events;

/// <summary>
/// A descriptor that becomes readable when a cgroup runs out of memory: an eventfd registered with v1's memory.oom_control, or an inotify
/// on v2's memory.events (which also changes for other reasons: read its counters).
/// </summary>
public static unsafe class OomWatch
{
    private const int EfdCloexecNonblock = 0x80000 | 0x800;
    private const uint InModify = 2;

    /// <summary>Null when the kernel refuses; the counters still tell afterwards.</summary>
    public static FileDescriptor? OpenV1(string memoryDirectory)
    {
        var number = LibcEvents.eventfd(0, EfdCloexecNonblock);
        if (number < 0) return null;
        var events = new FileDescriptor(number, ownsHandle: true);
        try
        {
            using var control = DurableFile.OpenReadOnly(Path.Combine(memoryDirectory, "memory.oom_control"));
            using var registry = DurableFile.OpenWriteOnly(Path.Combine(memoryDirectory, "cgroup.event_control"));
            var line = string.Create(CultureInfo.InvariantCulture, $"{events.Number} {control.Number}");
            DescriptorIo.Write(registry, Encoding.ASCII.GetBytes(line));
            return events;
        }
        catch (LinuxException)
        {
            events.Dispose();
            return null;
        }
    }

    /// <summary>Null when the kernel refuses; the counters still tell afterwards.</summary>
    public static FileDescriptor? OpenV2(string directory)
    {
        var number = LibcEvents.inotify_init1(EfdCloexecNonblock);
        if (number < 0) return null;
        var events = new FileDescriptor(number, ownsHandle: true);
        if (LibcEvents.inotify_add_watch(number, Path.Combine(directory, "memory.events"), InModify) >= 0) return events;
        events.Dispose();
        return null;
    }
}
