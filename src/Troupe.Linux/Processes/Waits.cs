using System.Runtime.InteropServices;

namespace Troupe.Linux.Processes;

/// <summary>Waits for single-threaded programs (the runtime, the shim): they have no event loop to go on in. Never on a pool thread.</summary>
public static unsafe partial class Waits
{
    private const short PollIn = 1;

    /// <summary>Rests the calling thread.</summary>
    public static void Pause(int milliseconds) => _ = poll(null, 0, milliseconds);

    /// <summary>Waits until a descriptor can be read (a pidfd: until the process has ended). False when the time is over. -1 waits for ever.</summary>
    public static bool Readable(FileDescriptor descriptor, int milliseconds)
    {
        var entry = new PollEntry { Descriptor = descriptor.Number, Events = PollIn };
        int result;
        do result = poll(&entry, 1, milliseconds);
        while (result < 0 && Errno.Last == Errno.EINTR);
        return result > 0;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollEntry* entries, nuint count, int timeout);
}
