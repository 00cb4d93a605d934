using Troupe.Linux;
using Troupe.Linux.Seccomp;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Security;

/// <summary>
/// Turns linux.seccomp of the configuration into the filter's BPF: libseccomp compiles it, behind a prologue of our own for the calls
/// that are newer than the library. The result is kept on disk, because opening the library and compiling takes several milliseconds.
/// </summary>
internal static class SeccompCompiler
{
    /// <summary>Compiles, or takes from <paramref name="cacheDirectory"/> (made when missing, 0700). Fails with <see cref="RuntimeException"/>.</summary>
    public static byte[] Compile(OciSeccomp profile, string cacheDirectory)
    {
        var cache = SeccompCache.For(profile, cacheDirectory);
        if (cache.TryRead() is { } known) return known;
        var filter = Compile(profile);
        cache.Write(filter);
        return filter;
    }

    /// <summary>Compiles without a cache.</summary>
    public static byte[] Compile(OciSeccomp profile)
    {
        try
        {
            using var builder = new SeccompBuilder(SeccompWords.Action(profile.DefaultAction, profile.DefaultErrnoRet));
            var prologue = new SeccompPrologue(profile);
            foreach (var architecture in profile.Architectures ?? []) builder.AddArchitecture(SeccompWords.Architecture(architecture));
            foreach (var rule in profile.Syscalls ?? []) AddRule(builder, prologue, profile, rule);
            byte[] filter = [.. prologue.Assemble(), .. builder.Export()];
            return filter.Length <= BpfProgram.InstructionsMax * BpfProgram.InstructionSize
                ? filter
                : throw new RuntimeException($"seccomp: the filter has more than {BpfProgram.InstructionsMax} instructions");
        }
        catch (DllNotFoundException e)
        {
            throw new RuntimeException("seccomp: libseccomp.so.2 is not installed, so that a profile can't be applied", Errno.ENOENT, 128, e);
        }
        catch (LinuxException e)
        {
            throw new RuntimeException("seccomp: " + e.Message, e.Errno, 128, e);
        }
    }

    /// <summary>Flags for seccomp(2). Without any in the profile, the filter does not switch on the costly guard against speculation, as in runc.</summary>
    public static SeccompFilterFlags Flags(OciSeccomp profile)
    {
        if (profile.Flags is null) return SeccompFilterFlags.SpeculationAllow;
        return profile.Flags.Aggregate(SeccompFilterFlags.None, (flags, word) => flags | SeccompWords.Flag(word));
    }

    private static void AddRule(SeccompBuilder builder, SeccompPrologue prologue, OciSeccomp profile, OciSyscallRule rule)
    {
        var action = SeccompWords.Action(rule.Action, rule.ErrnoRet);
        // The library refuses a rule that changes nothing.
        if (action == SeccompWords.Action(profile.DefaultAction, profile.DefaultErrnoRet)) return;
        var conditions = (rule.Args ?? []).Select(SeccompWords.Condition).ToArray();
        foreach (var name in rule.Names)
        {
            if (SeccompBuilder.Resolve(name) is { } number)
            {
                AddConditions(builder, action, name, number, conditions);
            }
            else if (!prologue.TryAdd(name, action, conditions.Length > 0))
            {
                // Not a call of any kernel that is known here: it will be answered with ENOSYS. runc skips such a name as well.
                continue;
            }
        }
    }

    /// <summary>All conditions must hold; but several on one argument are alternatives, which the library can't express in one rule (as in runc).</summary>
    private static void AddConditions(SeccompBuilder builder, uint action, string name, int number, SeccompCondition[] conditions)
    {
        if (conditions.DistinctBy(c => c.Argument).Count() == conditions.Length)
        {
            builder.AddRule(action, name, number, conditions);
            return;
        }

        foreach (var condition in conditions) builder.AddRule(action, name, number, [condition]);
    }
}
