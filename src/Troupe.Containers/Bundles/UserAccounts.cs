using System.Globalization;

namespace Troupe.Containers.Bundles;

/// <summary>Who the first process runs as.</summary>
/// <param name="Home">Home directory by the image's passwd file; <c>/</c> when it has none.</param>
internal sealed record Account(uint Uid, uint Gid, uint[] AdditionalGids, string Home);

/// <summary>
/// Turns Docker's <c>--user</c> (<c>name|uid[:group|gid]</c>) into numbers, by the texts of the image's /etc/passwd and /etc/group.
/// A number needs no entry; an entry gives it its group, its supplementary groups and its home.
/// </summary>
internal static class UserAccounts
{
    private const string OutOfRange = "uids and gids must be in range 0-2147483647";

    /// <summary>Null account: <paramref name="error"/> says why, in Docker's words.</summary>
    public static Account? Resolve(string user, string passwd, string group, IEnumerable<string> groupAdd, out string error)
    {
        error = "";
        var parts = user.Split(':', 2);
        var groups = Entries(group, fields: 3).ToList();
        var entry = FindUser(parts[0], passwd, out var uid);
        if (entry is null && uid is null)
        {
            error = IsNumber(parts[0]) ? OutOfRange : $"unable to find user {parts[0]}: no matching entries in passwd file";
            return null;
        }

        var gid = entry is not null && uint.TryParse(entry[3], NumberStyles.None, CultureInfo.InvariantCulture, out var own) ? own : 0;
        List<uint> more = [];
        if (parts.Length == 2 && parts[1].Length > 0)
        {
            if (FindGroup(parts[1], groups) is not { } asked)
            {
                error = IsNumber(parts[1]) ? OutOfRange : $"unable to find group {parts[1]}: no matching entries in group file";
                return null;
            }

            gid = asked;
        }
        else if (entry is not null)
        {
            more.AddRange(groups.Where(g => g.Length > 3 && g[3].Split(',').Contains(entry[0])).Select(Number).OfType<uint>());
        }

        foreach (var name in groupAdd)
        {
            if (FindGroup(name, groups) is not { } added)
            {
                error = $"unable to find group {name}: no matching entries in group file";
                return null;
            }

            more.Add(added);
        }

        var home = entry is { Length: > 5 } && entry[5].StartsWith('/') ? entry[5] : "/";
        // Its own group among them, as dockerd since CVE-2022-36109: else a file that refuses the group would let its members in.
        return new Account(uid!.Value, gid, [.. more.Prepend(gid).Distinct()], home);
    }

    /// <summary>An entry by name first, then by number; a number without an entry is itself.</summary>
    private static string[]? FindUser(string name, string passwd, out uint? uid)
    {
        var number = name.Length == 0 ? 0 : Parse(name);
        var entries = Entries(passwd, fields: 4).Where(e => Number(e) is not null).ToList();
        var entry = entries.Find(e => name.Length > 0 && e[0] == name) ?? entries.Find(e => number is not null && Number(e) == number);
        uid = entry is not null ? Number(entry) : number;
        return entry;
    }

    private static uint? FindGroup(string name, List<string[]> groups) =>
        groups.Find(g => g[0] == name && Number(g) is not null) is { } entry ? Number(entry) : Parse(name);

    private static IEnumerable<string[]> Entries(string file, int fields) => file.Split('\n')
        .Select(line => line.TrimEnd('\r'))
        .Where(line => line.Length > 0 && line[0] is not ('#' or '+' or '-'))
        .Select(line => line.Split(':'))
        .Where(entry => entry.Length >= fields && entry[0].Length > 0);

    /// <summary>Third field: the uid or gid.</summary>
    private static uint? Number(string[] entry) => Parse(entry[2]);

    private static uint? Parse(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (uint)number : null;

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}
