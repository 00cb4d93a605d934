namespace Troupe.Linux.Events;

/// <summary>A child that ended. ExitCode 0 to 255, or 128 + signal.</summary>
public readonly record struct ReapedChild(int Pid, int ExitCode, int Signal);

/// <summary>What a parent of processes asks of the kernel.</summary>
public static unsafe class Children
{
    /// <summary>Collects one child that has ended, of all; false when none has. Precondition: nobody else in the process waits for children.</summary>
    public static bool TryReap(out ReapedChild child)
    {
        child = default;
        int status;
        // SAFETY: status is written by the kernel.
        var pid = LibcEvents.waitpid(-1, &status, LibcEvents.WNOHANG);
        if (pid <= 0) return false;
        var signal = status & 0x7F;
        child = new ReapedChild(pid, signal == 0 ? (status >> 8) & 0xFF : 128 + signal, signal);
        return true;
    }

    /// <summary>Orphans among our descendants become our children instead of init's.</summary>
    public static void BecomeSubreaper()
    {
        if (LibcEvents.prctl(LibcEvents.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        {
            throw new LinuxException(Errno.Last, "prctl", "PR_SET_CHILD_SUBREAPER");
        }
    }

    /// <summary>A session of our own; harmless when this process leads one already.</summary>
    public static void BecomeSessionLeader() => LibcEvents.setsid();
}
