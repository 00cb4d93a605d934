using System.Runtime.InteropServices;
using Troupe.Linux;
using Troupe.Linux.Processes;

namespace Troupe.Runtime.Verbs;

/// <summary>While in force, the usual signals to this process are passed on to a container's process.</summary>
internal static class SignalForwarding
{
    private static readonly (PosixSignal Signal, int Number)[] s_signals =
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGTERM, 15), ((PosixSignal)10, 10), ((PosixSignal)12, 12)];

    public static IDisposable To(FileDescriptor pidFd) => new Registrations([.. s_signals.Select(s => PosixSignalRegistration.Create(s.Signal, context =>
    {
        context.Cancel = true;
        PidFds.Signal(pidFd, s.Number);
    }))]);

    private sealed class Registrations(PosixSignalRegistration[] all) : IDisposable
    {
        public void Dispose()
        {
            foreach (var one in all) one.Dispose();
        }
    }
}
