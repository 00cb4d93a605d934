using System.Buffers.Binary;

namespace Troupe.Runtime.Tests.Security;

/// <summary>Runs a seccomp filter as the kernel does, over struct seccomp_data. Knows the instructions that filters use.</summary>
internal static class BpfInterpreter
{
    /// <summary>The filter's answer (SECCOMP_RET_...).</summary>
    public static uint Run(ReadOnlySpan<byte> filter, uint architecture, uint number, params ReadOnlySpan<ulong> arguments)
    {
        Span<byte> data = stackalloc byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], architecture);
        for (var i = 0; i < arguments.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + (8 * i))..], arguments[i]);
        uint accumulator = 0;
        for (var at = 0; ;)
        {
            var instruction = filter.Slice(at * 8, 8);
            var value = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            at++;
            switch (BinaryPrimitives.ReadUInt16LittleEndian(instruction))
            {
                case 0x20: accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data.Slice((int)value, 4)); break;
                case 0x54: accumulator &= value; break;
                case 0x05: at += (int)value; break;
                case 0x15: at += accumulator == value ? instruction[2] : instruction[3]; break;
                case 0x25: at += accumulator > value ? instruction[2] : instruction[3]; break;
                case 0x35: at += accumulator >= value ? instruction[2] : instruction[3]; break;
                case 0x45: at += (accumulator & value) != 0 ? instruction[2] : instruction[3]; break;
                case 0x06: return value;
                default: throw new InvalidOperationException($"instruction 0x{instruction[0]:x2} at {at - 1}");
            }
        }
    }
}
