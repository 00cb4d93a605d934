namespace Troupe.Linux.Bpf;

/// <summary>A place ahead in an <see cref="EbpfProgram"/>.</summary>
public sealed class EbpfLabel
{
    internal int Position { get; set; } = -1;
}

/// <summary>
/// Assembles extended BPF (linux/bpf.h): 8 bytes an instruction, registers 0 to 10, forward jumps only. The verifier refuses
/// instructions that can't be reached; the caller leaves them out.
/// </summary>
public sealed class EbpfProgram
{
    private const byte LoadWord = 0x61; // BPF_LDX | BPF_MEM | BPF_W
    private const byte MoveRegister = 0xbf; // BPF_ALU64 | BPF_MOV | BPF_X
    private const byte MoveValue = 0xb7; // BPF_ALU64 | BPF_MOV | BPF_K
    private const byte AndValue = 0x57; // BPF_ALU64 | BPF_AND | BPF_K
    private const byte ShiftRight = 0x77; // BPF_ALU64 | BPF_RSH | BPF_K
    private const byte JumpEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const byte JumpNotEqual = 0x55; // BPF_JMP | BPF_JNE | BPF_K
    private const byte Exit = 0x95; // BPF_JMP | BPF_EXIT

    private readonly List<(byte Code, int To, int From, short Offset, int Value, EbpfLabel? Target)> _instructions = [];

    public int Count => _instructions.Count;

    /// <summary>to = 32 bits at [from + offset].</summary>
    public void Load(int to, int from, short offset) => _instructions.Add((LoadWord, to, from, offset, 0, null));

    public void Move(int to, int from) => _instructions.Add((MoveRegister, to, from, 0, 0, null));

    public void And(int register, int value) => _instructions.Add((AndValue, register, 0, 0, value, null));

    public void Right(int register, int bits) => _instructions.Add((ShiftRight, register, 0, 0, bits, null));

    public void IfEqual(int register, int value, EbpfLabel target) => _instructions.Add((JumpEqual, register, 0, 0, value, target));

    public void IfNotEqual(int register, int value, EbpfLabel target) => _instructions.Add((JumpNotEqual, register, 0, 0, value, target));

    public void Return(int value)
    {
        _instructions.Add((MoveValue, 0, 0, 0, value, null));
        _instructions.Add((Exit, 0, 0, 0, 0, null));
    }

    /// <summary>The label names the next instruction.</summary>
    public void Mark(EbpfLabel label) => label.Position = _instructions.Count;

    /// <summary>The instructions, each as struct bpf_insn in a 64-bit word.</summary>
    public ulong[] Assemble()
    {
        var words = new ulong[_instructions.Count];
        for (var i = 0; i < words.Length; i++)
        {
            var (code, to, from, offset, value, target) = _instructions[i];
            if (target is not null)
            {
                if (target.Position <= i) throw new InvalidOperationException("A jump without a target ahead of it.");
                offset = checked((short)(target.Position - i - 1));
            }

            words[i] = code | (ulong)(uint)(to | (from << 4)) << 8 | (ulong)(ushort)offset << 16 | (ulong)(uint)value << 32;
        }

        return words;
    }
}
