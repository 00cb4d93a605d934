using Troupe.Linux.Bpf;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Cgroups;

/// <summary>
/// Device rules as a program for cgroup v2. The last rule that matches decides, as with the v1 files; a device that none matches is
/// allowed. An allowing rule must cover all of the asked access, a denying one any of it. Pure.
/// </summary>
internal static class DeviceFilter
{
    private const int Mknod = 1;
    private const int Read = 2;
    private const int Write = 4;
    private const int Everything = Mknod | Read | Write;
    private const int Block = 1;
    private const int Character = 2;

    // Registers: 1 the context, then what it holds. 0 is the answer, 6 is scratch.
    private const int Context = 1;
    private const int Type = 2;
    private const int Access = 3;
    private const int Major = 4;
    private const int Minor = 5;
    private const int Scratch = 6;

    /// <summary>Instructions for <see cref="CgroupDevicePrograms.Set"/>. Fails with <see cref="RuntimeException"/> on a malformed rule.</summary>
    public static ulong[] Compile(IReadOnlyList<OciDeviceRule> rules)
    {
        var program = new EbpfProgram();
        // struct bpf_cgroup_dev_ctx: access << 16 | type, major, minor.
        program.Load(Type, Context, 0);
        program.Move(Access, Type);
        program.And(Type, 0xffff);
        program.Right(Access, 16);
        program.Load(Major, Context, 4);
        program.Load(Minor, Context, 8);
        foreach (var rule in rules.Reverse())
        {
            // What stands before a rule that matches everything can't be reached, and the verifier would refuse it.
            if (!AddRule(program, rule)) return program.Assemble();
        }

        program.Return(1);
        return program.Assemble();
    }

    /// <summary>False when the rule matches everything.</summary>
    private static bool AddRule(EbpfProgram program, OciDeviceRule rule)
    {
        var next = new EbpfLabel();
        var start = program.Count;
        if (TypeOf(rule) is { } type) program.IfNotEqual(Type, type, next);
        var access = AccessOf(rule);
        if (access != Everything)
        {
            program.Move(Scratch, Access);
            program.And(Scratch, rule.Allow ? ~access : access);
            if (rule.Allow) program.IfNotEqual(Scratch, 0, next);
            else program.IfEqual(Scratch, 0, next);
        }

        if (rule.Major is >= 0) program.IfNotEqual(Major, checked((int)rule.Major.Value), next);
        if (rule.Minor is >= 0) program.IfNotEqual(Minor, checked((int)rule.Minor.Value), next);
        var conditional = program.Count > start;
        program.Return(rule.Allow ? 1 : 0);
        program.Mark(next);
        return conditional;
    }

    private static int? TypeOf(OciDeviceRule rule) => rule.Type switch
    {
        null or "" or "a" => null,
        "c" or "u" => Character,
        "b" => Block,
        _ => throw new RuntimeException($"invalid device rule type \"{rule.Type}\""),
    };

    private static int AccessOf(OciDeviceRule rule)
    {
        if (string.IsNullOrEmpty(rule.Access)) return Everything;
        return rule.Access.Aggregate(0, (bits, letter) => bits | letter switch
        {
            'r' => Read,
            'w' => Write,
            'm' => Mknod,
            _ => throw new RuntimeException($"invalid device access \"{rule.Access}\""),
        });
    }
}
