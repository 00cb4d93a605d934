using System.Collections.Frozen;

namespace Troupe.Linux.Seccomp;

/// <summary>
/// System calls that a distribution's libseccomp may be too old to know (Debian 12's ends at 456). From 424 on a new call has the same
/// number on every architecture.
/// </summary>
public static class NewSyscalls
{
    /// <summary>The last number whose meaning is known here (Linux 6.17).</summary>
    public const int Last = 469;

    private static readonly FrozenDictionary<string, int> s_unified = new Dictionary<string, int>
    {
        ["cachestat"] = 451, ["fchmodat2"] = 452, ["map_shadow_stack"] = 453, ["futex_wake"] = 454, ["futex_wait"] = 455,
        ["futex_requeue"] = 456, ["statmount"] = 457, ["listmount"] = 458, ["lsm_get_self_attr"] = 459, ["lsm_set_self_attr"] = 460,
        ["lsm_list_modules"] = 461, ["mseal"] = 462, ["setxattrat"] = 463, ["getxattrat"] = 464, ["listxattrat"] = 465,
        ["removexattrat"] = 466, ["open_tree_attr"] = 467, ["file_getattr"] = 468, ["file_setattr"] = 469,
    }.ToFrozenDictionary();

    /// <summary>x86-64 has some more, in a gap of its older numbers.</summary>
    private static readonly FrozenDictionary<string, int> s_x8664 = new Dictionary<string, int>
    {
        ["uretprobe"] = 335, ["uprobe"] = 336,
    }.ToFrozenDictionary();

    /// <summary>The number on every architecture, or null.</summary>
    public static int? Unified(string name) => s_unified.TryGetValue(name, out var number) ? number : null;

    /// <summary>The number that only x86-64 has, or null.</summary>
    public static int? X8664(string name) => s_x8664.TryGetValue(name, out var number) ? number : null;

    /// <summary>The name of a call that every architecture has, or null.</summary>
    public static string? NameOf(int number) => s_unified.FirstOrDefault(p => p.Value == number).Key;
}
