using System.Buffers.Binary;
using Troupe.Linux;
using Troupe.Linux.Programs;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Programs;

/// <summary>The operations that make a pty in a child and hand its master to the parent by SCM_RIGHTS.</summary>
internal sealed class TerminalProgram(SyscallProgram program)
{
    /// <summary>Returns the slave. <paramref name="socket"/>: the child's end of a socket pair.</summary>
    public Slot Open(Slot master, OciConsoleSize? size, FileDescriptor socket)
    {
        program.Call("unlock pty", Syscalls.Ioctl, master, Kernel.TIOCSPTLCK, program.Memory(4));
        var slave = program.Call("open pty slave", Syscalls.Ioctl, master, Kernel.TIOCGPTPEER, Kernel.O_RDWR | Kernel.O_NOCTTY | Kernel.O_CLOEXEC);
        if (size is not null)
        {
            var window = new byte[8];
            BinaryPrimitives.WriteUInt16LittleEndian(window, (ushort)size.Height);
            BinaryPrimitives.WriteUInt16LittleEndian(window.AsSpan(2), (ushort)size.Width);
            program.Call("size of the pty", Syscalls.Ioctl, slave, Kernel.TIOCSWINSZ, program.Bytes(window));
        }

        SendDescriptor(master, socket);
        return slave;
    }

    private void SendDescriptor(Slot descriptor, FileDescriptor socket)
    {
        var message = program.DescriptorMessage(out var place);
        // Duplicated only so that its number is stored into the control message.
        program.CallStoring("pty master for the parent", place, Syscalls.Fcntl, descriptor, Kernel.F_DUPFD_CLOEXEC, 3);
        program.Expect("send pty master", Syscalls.Sendmsg, 1, socket.Number, message, 0);
    }
}
