using System.Diagnostics;
using System.Text;
using Troupe.Containers.Bundles;

namespace Troupe.Containers.Tests.Bundles;

public sealed class UserAccountsTests
{
    private const string Passwd = """
        root:x:0:0:root:/root:/bin/sh
        # a comment
        +nis:x:1:1::/:
        app:x:1000:1001:App:/home/app:/bin/sh
        12:x:77:78:named like a number:/srv:/bin/sh
        nohome:x:1002:1002
        broken:x:not-a-number:5::/:
        """;

    private const string Group = """
        root:x:0:
        wheel:x:10:root,app
        audio:x:29:app
        app:x:1001:
        huge:x:99999999999:app
        """;

    private static Account Found(string user, params string[] groupAdd)
    {
        var account = UserAccounts.Resolve(user, Passwd, Group, groupAdd, out var error);
        Assert.True(account is not null, error);
        return account;
    }

    private static string Refused(string user, params string[] groupAdd)
    {
        Assert.Null(UserAccounts.Resolve(user, Passwd, Group, groupAdd, out var error));
        return error;
    }

    [Theory]
    [InlineData("", 0, 0, "/root", "0,10")]
    [InlineData("root", 0, 0, "/root", "0,10")]
    [InlineData("0", 0, 0, "/root", "0,10")]
    [InlineData("app", 1000, 1001, "/home/app", "1001,10,29")]
    [InlineData("1000", 1000, 1001, "/home/app", "1001,10,29")]
    [InlineData("app:", 1000, 1001, "/home/app", "1001,10,29")]
    [InlineData("app:audio", 1000, 29, "/home/app", "29")]
    [InlineData("app:50", 1000, 50, "/home/app", "50")]
    [InlineData("5", 5, 0, "/", "0")]
    [InlineData("5:6", 5, 6, "/", "6")]
    [InlineData("12", 77, 78, "/srv", "78")]
    [InlineData("nohome", 1002, 1002, "/", "1002")]
    [InlineData("2147483647:2147483647", 2147483647, 2147483647, "/", "2147483647")]
    public void Resolve_when_the_user_is_known_or_a_number_then_ids_home_and_groups_are_dockers(
        string user, uint uid, uint gid, string home, string groups)
    {
        var account = Found(user);
        Assert.Equal((uid, gid, home, groups), (account.Uid, account.Gid, account.Home, string.Join(',', account.AdditionalGids)));
    }

    /// <summary>CVE-2022-36109: a file that refuses its group's members must refuse those whose primary group it is.</summary>
    [Fact]
    public void Resolve_when_done_then_the_primary_group_is_among_the_groups() => Assert.Contains(29u, Found("app:audio").AdditionalGids);

    [Fact]
    public void Resolve_when_groups_are_added_then_names_and_numbers_count_once() =>
        Assert.Equal([1001u, 10, 29, 123], Found("app", "audio", "29", "123", "wheel").AdditionalGids);

    [Theory]
    [InlineData("nobody", "unable to find user nobody: no matching entries in passwd file")]
    [InlineData("broken", "unable to find user broken: no matching entries in passwd file")]
    [InlineData("-1", "unable to find user -1: no matching entries in passwd file")]
    [InlineData("app:nogroup", "unable to find group nogroup: no matching entries in group file")]
    [InlineData("99999999999", "uids and gids must be in range 0-2147483647")]
    [InlineData("2147483648", "uids and gids must be in range 0-2147483647")]
    [InlineData("18446744073709551616", "uids and gids must be in range 0-2147483647")]
    [InlineData("app:99999999999", "uids and gids must be in range 0-2147483647")]
    public void Resolve_when_nobody_is_meant_then_dockers_words(string user, string words) => Assert.Equal(words, Refused(user));

    [Fact]
    public void Resolve_when_an_added_group_is_unknown_then_dockers_words() =>
        Assert.Equal("unable to find group nogroup: no matching entries in group file", Refused("app", "nogroup"));

    [Fact]
    public void Resolve_when_the_image_has_no_files_then_root_and_numbers_still_work()
    {
        Assert.Equal((0u, "/"), (UserAccounts.Resolve("", "", "", [], out _)!.Uid, UserAccounts.Resolve("", "", "", [], out _)!.Home));
        Assert.Equal(7u, UserAccounts.Resolve("7", "", "", [], out _)!.Uid);
    }

    /// <summary>The largest files that are read at all, made to be slow: many lines, and one line of many names.</summary>
    [Fact]
    public void Resolve_when_the_files_are_bombs_then_it_is_done_in_seconds_and_right()
    {
        var passwd = Repeat("u:x:5:5:::\n") + "last:x:9:9::/last:";
        var group = Repeat("g:x:5:a,b\n")[..(Limits.AccountFileBytesMax / 2)] + "\nmany:x:6:" + string.Join(',', Enumerable.Repeat("x", 500_000)) + ",last\n";
        var watch = Stopwatch.StartNew();
        var account = UserAccounts.Resolve("last", passwd, group, [], out var error);
        Assert.True(account is not null, error);
        Assert.Equal((9u, "/last"), (account.Uid, account.Home));
        Assert.Equal([9u, 6], account.AdditionalGids);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Theory]
    [InlineData("::::::\n:::\n:\n\n")]
    [InlineData("\0\0\0:\0:\0:\0")]
    [InlineData("root:x::\nroot:x:-1:-1\nroot:x:0x0:0")]
    public void Resolve_when_the_file_is_garbage_then_no_exception_and_no_user(string passwd) =>
        Assert.Null(UserAccounts.Resolve("root", passwd, passwd, [], out _));

    private static string Repeat(string line)
    {
        var text = new StringBuilder(Limits.AccountFileBytesMax);
        while (text.Length + line.Length < Limits.AccountFileBytesMax) text.Append(line);
        return text.ToString();
    }
}
