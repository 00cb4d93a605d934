using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Linux.Processes;
using Troupe.Linux.Programs;
using Troupe.Runtime.Containers;

namespace Troupe.Runtime.Verbs;

/// <summary>run and exec with a terminal in the foreground: bytes between our stdio and the pty until the process has ended.</summary>
internal sealed class ConsoleRelay : IDisposable
{
    private const int StdinToken = 1;
    private const int MasterToken = 2;
    private const int ExitToken = 3;
    private readonly FileDescriptor _master;
    private readonly TerminalMode? _saved;

    public ConsoleRelay(FileDescriptor master)
    {
        _master = master;
        _saved = TerminalMode.TryMakeRaw(0);
        if (_saved is not null) TerminalMode.CopySize(0, master);
    }

    public int Run(StartedProcess process)
    {
        using var forwarding = SignalForwarding.To(process.PidFd);
        using var stdin = new FileDescriptor(0, ownsHandle: false);
        using var stdout = new FileDescriptor(1, ownsHandle: false);
        using var events = new EventPoll();
        events.Add(_master, PollConditions.Readable, MasterToken);
        events.Add(process.PidFd, PollConditions.Readable, ExitToken);
        var hasStdin = TryAddStdin(events, stdin);
        var ready = new PollEvent[4];
        var buffer = new byte[32768];
        while (true)
        {
            var count = events.Wait(ready, -1);
            for (var i = 0; i < count; i++)
            {
                if (ready[i].Token == MasterToken && Copy(_master, stdout, buffer) <= 0) events.Remove(_master);
                if (ready[i].Token == StdinToken && hasStdin && Copy(stdin, _master, buffer) <= 0) events.Remove(stdin);
                if (ready[i].Token != ExitToken) continue;
                while (Waits.Readable(_master, 0) && Copy(_master, stdout, buffer) > 0)
                {
                    // What was written before the end.
                }

                return PidFds.Wait(process.PidFd, block: true) ?? 0;
            }
        }
    }

    /// <summary>A regular file as stdin can't be polled (EPERM); it is written at once.</summary>
    private bool TryAddStdin(EventPoll events, FileDescriptor stdin)
    {
        try
        {
            events.Add(stdin, PollConditions.Readable, StdinToken);
            return true;
        }
        catch (LinuxException e) when (e.Errno == Errno.EPERM)
        {
            var buffer = new byte[4096];
            while (Copy(stdin, _master, buffer) > 0)
            {
                // To the end of the file.
            }

            return false;
        }
    }

    private static int Copy(FileDescriptor from, FileDescriptor to, byte[] buffer)
    {
        var count = DescriptorIo.Read(from, buffer);
        for (var written = 0; written < count;)
        {
            var now = DescriptorIo.Write(to, buffer.AsSpan(written, count - written));
            if (now <= 0) return 0;
            written += now;
        }

        return count;
    }

    public void Dispose() => _saved?.Restore();
}
