using System.Buffers.Binary;

namespace Troupe.Linux.Seccomp;

/// <summary>A place in a program that is not written yet.</summary>
public sealed class BpfLabel
{
    internal int Position { get; set; } = -1;
}

/// <summary>
/// Assembles a classic BPF program over struct seccomp_data: jumps go forward only, by at most 255 instructions when they depend on a
/// condition. Little-endian, as every machine that this runs on.
/// </summary>
public sealed class BpfProgram
{
    /// <summary>BPF_MAXINSNS: the kernel refuses longer programs.</summary>
    public const int InstructionsMax = 4096;

    public const int InstructionSize = 8;
    public const uint OffsetNumber = 0;
    public const uint OffsetArchitecture = 4;

    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort Jump = 0x05; // BPF_JMP | BPF_JA
    private const ushort JumpEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort JumpGreater = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    private const ushort JumpGreaterOrEqual = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K

    private readonly List<(ushort Code, uint Value, BpfLabel? Target)> _instructions = [];

    public int Count => _instructions.Count;

    public void Load(uint offset) => _instructions.Add((LoadWord, offset, null));

    public void Goto(BpfLabel target) => _instructions.Add((Jump, 0, target));

    public void IfEqual(uint value, BpfLabel target) => _instructions.Add((JumpEqual, value, target));

    public void IfGreater(uint value, BpfLabel target) => _instructions.Add((JumpGreater, value, target));

    public void IfGreaterOrEqual(uint value, BpfLabel target) => _instructions.Add((JumpGreaterOrEqual, value, target));

    public void Answer(uint action) => _instructions.Add((Return, action, null));

    /// <summary>The label names the next instruction; at the end, whatever is appended to the program.</summary>
    public void Mark(BpfLabel label) => label.Position = _instructions.Count;

    /// <summary>The instructions as an array of struct sock_filter.</summary>
    public byte[] Assemble()
    {
        var bytes = new byte[_instructions.Count * InstructionSize];
        for (var i = 0; i < _instructions.Count; i++)
        {
            var (code, value, target) = _instructions[i];
            var distance = target is null ? 0 : target.Position - i - 1;
            if (distance < 0) throw new InvalidOperationException("A jump without a target ahead of it.");
            if (code == Jump)
            {
                value = (uint)distance;
                distance = 0;
            }

            var instruction = bytes.AsSpan(i * InstructionSize, InstructionSize);
            BinaryPrimitives.WriteUInt16LittleEndian(instruction, code);
            instruction[2] = checked((byte)distance);
            BinaryPrimitives.WriteUInt32LittleEndian(instruction[4..], value);
        }

        return bytes;
    }
}
