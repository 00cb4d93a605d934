using Troupe.Protocol;

namespace Troupe.Containers.Bundles;

/// <summary>What <c>--security-opt</c> asked for.</summary>
internal sealed record SecurityOptions(bool SeccompUnconfined, bool NoNewPrivileges, bool SystemPathsUnconfined)
{
    private static readonly SecurityOptions None = new(false, false, false);

    /// <summary>Options that <see cref="TryParse"/> accepted; others change nothing.</summary>
    public static SecurityOptions Of(IEnumerable<string> options)
    {
        var all = None;
        foreach (var option in options)
        {
            if (TryParse(option, out var one) is not null) continue;
            all = new SecurityOptions(
                all.SeccompUnconfined || one.SeccompUnconfined, all.NoNewPrivileges || one.NoNewPrivileges,
                all.SystemPathsUnconfined || one.SystemPathsUnconfined);
        }

        return all;
    }

    /// <summary>Null when the option is understood. A profile that can't be applied is refused, never ignored.</summary>
    public static CommandFailed? TryParse(string option, out SecurityOptions parsed)
    {
        var (key, value) = Split(option);
        parsed = (key, value) switch
        {
            ("seccomp", "unconfined") => None with { SeccompUnconfined = true },
            ("no-new-privileges", "" or "true") => None with { NoNewPrivileges = true },
            ("systempaths", "unconfined") => None with { SystemPathsUnconfined = true },
            _ => None,
        };
        return (key, value) switch
        {
            ("seccomp", "unconfined" or "builtin") or ("systempaths", "unconfined") => null,
            ("no-new-privileges", "" or "true" or "false") => null,
            ("apparmor", "unconfined") or ("label", "disable") => null, // nothing is confined by either on this node
            ("seccomp" or "apparmor" or "label" or "systempaths", _) =>
                new CommandFailed(ErrorCode.Unimplemented, $"--security-opt {key} with a profile is not built yet"),
            _ => new CommandFailed(ErrorCode.InvalidArgument, $"invalid --security-opt 2: \"{option}\""),
        };
    }

    private static (string Key, string Value) Split(string option)
    {
        var at = option.IndexOfAny(['=', ':']);
        return at < 0 ? (option, "") : (option[..at], option[(at + 1)..]);
    }
}
