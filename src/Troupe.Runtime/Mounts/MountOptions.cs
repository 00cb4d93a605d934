using Troupe.Linux.Programs;

namespace Troupe.Runtime.Mounts;

/// <summary>
/// The options of one mount, taken apart (config.md, "Linux mount options"): attributes of the mount, propagation, and what is left
/// for the file system.
/// </summary>
internal sealed record MountOptions
{
    private static readonly Dictionary<string, (ulong Set, ulong Clear)> s_attributes = new(StringComparer.Ordinal)
    {
        ["ro"] = (Kernel.MOUNT_ATTR_RDONLY, 0), ["rw"] = (0, Kernel.MOUNT_ATTR_RDONLY),
        ["nosuid"] = (Kernel.MOUNT_ATTR_NOSUID, 0), ["suid"] = (0, Kernel.MOUNT_ATTR_NOSUID),
        ["nodev"] = (Kernel.MOUNT_ATTR_NODEV, 0), ["dev"] = (0, Kernel.MOUNT_ATTR_NODEV),
        ["noexec"] = (Kernel.MOUNT_ATTR_NOEXEC, 0), ["exec"] = (0, Kernel.MOUNT_ATTR_NOEXEC),
        ["nodiratime"] = (Kernel.MOUNT_ATTR_NODIRATIME, 0), ["diratime"] = (0, Kernel.MOUNT_ATTR_NODIRATIME),
        ["nosymfollow"] = (Kernel.MOUNT_ATTR_NOSYMFOLLOW, 0), ["symfollow"] = (0, Kernel.MOUNT_ATTR_NOSYMFOLLOW),
        ["noatime"] = (Kernel.MOUNT_ATTR_NOATIME, Kernel.MOUNT_ATTR__ATIME),
        ["strictatime"] = (Kernel.MOUNT_ATTR_STRICTATIME, Kernel.MOUNT_ATTR__ATIME),
        ["relatime"] = (0, Kernel.MOUNT_ATTR__ATIME), ["atime"] = (0, Kernel.MOUNT_ATTR__ATIME),
        ["norelatime"] = (0, Kernel.MOUNT_ATTR__ATIME), ["nostrictatime"] = (0, Kernel.MOUNT_ATTR__ATIME),
    };

    private static readonly Dictionary<string, int> s_propagation = new(StringComparer.Ordinal)
    {
        ["private"] = Kernel.MS_PRIVATE, ["rprivate"] = Kernel.MS_PRIVATE | Kernel.MS_REC,
        ["slave"] = Kernel.MS_SLAVE, ["rslave"] = Kernel.MS_SLAVE | Kernel.MS_REC,
        ["shared"] = Kernel.MS_SHARED, ["rshared"] = Kernel.MS_SHARED | Kernel.MS_REC,
        ["unbindable"] = Kernel.MS_UNBINDABLE, ["runbindable"] = Kernel.MS_UNBINDABLE | Kernel.MS_REC,
    };

    /// <summary>Every option that is understood and done here; all others are the file system's.</summary>
    public static IEnumerable<string> Words =>
    [
        "bind", "rbind", "defaults", "async", "nosync", "mand", "nomand", "sync", "dirsync", "lazytime", "nolazytime",
        .. s_propagation.Keys, .. s_attributes.Keys, .. s_attributes.Keys.Select(word => "r" + word),
    ];

    public ulong Set { get; private init; }

    public ulong Clear { get; private init; }

    /// <summary>The r-options (rro, rnosuid ...): set or cleared on every mount below as well.</summary>
    public ulong SetRecursive { get; private init; }

    public ulong ClearRecursive { get; private init; }

    /// <summary>One of MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE with or without MS_REC, or 0.</summary>
    public int Propagation { get; private init; }

    public bool Bind { get; private init; }

    public bool Recursive { get; private init; }

    public bool TmpCopyUp { get; private init; }

    /// <summary>For the file system itself: <c>key=value</c> or a flag.</summary>
    public IReadOnlyList<string> Data { get; private init; } = [];

    public static MountOptions Parse(IEnumerable<string> options)
    {
        var result = new MountOptions();
        var data = new List<string>();
        foreach (var option in options) result = result.With(option, data);
        return result with { Data = data };
    }

    /// <summary>Propagation of the root (linux.rootfsPropagation), or null when the word is unknown.</summary>
    public static int? PropagationOf(string word) => s_propagation.TryGetValue(word, out var flags) ? flags : null;

    private MountOptions With(string option, List<string> data)
    {
        if (s_attributes.TryGetValue(option, out var attribute))
        {
            return this with { Set = (Set & ~attribute.Clear) | attribute.Set, Clear = (Clear & ~attribute.Set) | attribute.Clear };
        }

        if (s_propagation.TryGetValue(option, out var propagation)) return this with { Propagation = propagation };
        if (option.StartsWith('r') && s_attributes.TryGetValue(option[1..], out var recursive))
        {
            return this with { SetRecursive = SetRecursive | recursive.Set, ClearRecursive = ClearRecursive | recursive.Clear };
        }

        switch (option)
        {
            case "bind": return this with { Bind = true };
            case "rbind": return this with { Bind = true, Recursive = true };
            case "tmpcopyup": return this with { TmpCopyUp = true };
            case "idmap" or "ridmap": throw new Containers.RuntimeException($"mount option \"{option}\" is not supported yet");
            case "" or "defaults" or "mand" or "nomand" or "async" or "nosync": return this;
            default:
                data.Add(option);
                return this;
        }
    }
}
