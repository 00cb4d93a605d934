using Troupe.Linux;
using Troupe.Linux.Seccomp;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Security;

/// <summary>
/// The part of a filter before the library's: rules for calls that the library does not know, and ENOSYS for calls that nobody knows,
/// so that libc falls back on an older call instead of taking EPERM for an answer.
/// </summary>
internal sealed class SeccompPrologue
{
    /// <summary>How far above our own table a newer library is searched.</summary>
    private const int SearchLength = 256;

    private const uint X32Bit = 0x40000000;

    private readonly SortedDictionary<int, uint> _unified = [];
    private readonly SortedDictionary<int, uint> _x8664 = [];
    private readonly uint[] _architectures;
    private readonly bool _answersUnknown;

    public SeccompPrologue(OciSeccomp profile)
    {
        // The kernel shows x32 calls as x86-64 with a bit in the number; they are left to the library.
        uint[] known = [AuditArchitecture.X8664, AuditArchitecture.X86, AuditArchitecture.Aarch64, AuditArchitecture.Arm];
        var named = (profile.Architectures ?? []).Select(SeccompWords.Architecture).Append(SeccompBuilder.NativeArchitecture);
        _architectures = [.. named.Where(known.Contains).Distinct()];
        _answersUnknown = profile.DefaultAction is not ("SCMP_ACT_ALLOW" or "SCMP_ACT_LOG");
    }

    /// <summary>Takes a rule for a call that the library does not know; false when it is not in our table either.</summary>
    public bool TryAdd(string name, uint action, bool hasConditions)
    {
        var unified = NewSyscalls.Unified(name);
        var number = unified ?? NewSyscalls.X8664(name);
        if (number is null) return false;
        if (hasConditions) throw new RuntimeException($"seccomp: conditions on \"{name}\" need a newer libseccomp");
        (unified is null ? _x8664 : _unified).TryAdd(number.Value, action);
        return true;
    }

    public byte[] Assemble()
    {
        var program = new BpfProgram();
        BpfLabel matched = new(), library = new(), x8664 = new();
        program.Load(BpfProgram.OffsetArchitecture);
        foreach (var architecture in _architectures) program.IfEqual(architecture, architecture == AuditArchitecture.X8664 ? x8664 : matched);
        program.Goto(library);
        program.Mark(x8664);
        program.Load(BpfProgram.OffsetNumber);
        program.IfGreaterOrEqual(X32Bit, library);
        AddRules(program, _x8664);
        program.Mark(matched);
        program.Load(BpfProgram.OffsetNumber);
        AddRules(program, _unified);
        if (_answersUnknown)
        {
            var unknown = new BpfLabel();
            program.IfGreater((uint)LastKnown(), unknown);
            program.Goto(library);
            program.Mark(unknown);
            program.Answer(SeccompAction.Errno | (uint)Errno.ENOSYS.Value);
        }

        program.Mark(library);
        return program.Assemble();
    }

    private static void AddRules(BpfProgram program, SortedDictionary<int, uint> rules)
    {
        foreach (var (number, action) in rules)
        {
            BpfLabel hit = new(), next = new();
            program.IfEqual((uint)number, hit);
            program.Goto(next);
            program.Mark(hit);
            program.Answer(action);
            program.Mark(next);
        }
    }

    private static int LastKnown()
    {
        var native = SeccompBuilder.NativeArchitecture;
        for (var number = NewSyscalls.Last + SearchLength; number > NewSyscalls.Last; number--)
        {
            if (SeccompBuilder.NameOf(native, number) is not null) return number;
        }

        return NewSyscalls.Last;
    }
}
