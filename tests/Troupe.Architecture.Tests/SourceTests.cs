using System.Text.RegularExpressions;

namespace Troupe.Architecture.Tests;

/// <summary>Rules about the text of the sources that no analyzer of ours holds.</summary>
public class SourceTests
{
    private const int LinesMax = 600;

    [Fact]
    public void A_file_has_at_most_600_lines() => Offenders.None(
        from file in Sources().Concat(Tests())
        let lines = File.ReadLines(file).Count()
        where lines > LinesMax
        select $"{Repository.Relative(file)}: {lines}");

    [Fact]
    public void Foreign_functions_and_unsafe_code_are_in_Linux_only() =>
        AssertNowhere(@"\b(DllImport|LibraryImport)\b|\bunsafe\s*(\{|static|class|struct|void|partial)",
            Sources().Where(f => !IsIn(f, "src/Troupe.Linux")));

    [Fact]
    public void Native_code_is_the_child_and_the_seed_program_only() =>
        Assert.All(Repository.Files("src", "*.c"), f => Assert.Contains(Path.GetFileName(f), new[] { "child.c", "hello.c" }));

    [Fact]
    public void The_child_is_at_most_150_lines_or_so() =>
        Assert.All(Repository.Files("src", "child.c"), f => Assert.InRange(File.ReadLines(f).Count(), 1, 220));

    [Fact]
    public void Nothing_is_left_unwritten() =>
        AssertNowhere(@"NotImplementedException|\bTODO\b(?! #\d)|\bFIXME\b|\bHACK\b", Sources().Concat(Tests().Where(f => !IsThisProject(f))));

    [Fact]
    public void No_method_is_async_void() => AssertNowhere(@"\basync void\b", Sources());

    [Fact]
    public void An_actor_never_swallows_every_exception() => Offenders.None(
        from file in Sources().Where(f => f.EndsWith("Actor.cs", StringComparison.Ordinal))
        from Match match in Regex.Matches(File.ReadAllText(file), @"catch\s*(\(Exception( \w+)?\)\s*)?\{[^}]*\}")
        where !match.Value.Contains("throw;", StringComparison.Ordinal)
        select $"{Repository.Relative(file)}: {match.Value}");

    [Fact]
    public void An_actor_is_alone_in_its_file() => Offenders.None(
        from file in Sources().Where(f => f.EndsWith("Actor.cs", StringComparison.Ordinal))
        let actors = Regex.Count(File.ReadAllText(file), @"^\s*(public |internal )?(sealed |abstract )*class \w+Actor\b", RegexOptions.Multiline)
        where actors != 1
        select $"{Repository.Relative(file)}: {actors}");

    [Fact]
    public void No_test_sleeps() =>
        AssertNowhere(@"Thread\.Sleep\(|Task\.Delay\((?!Timeout\.Infinite)", Tests().Where(f => !IsThisProject(f)));

    [Fact]
    public void No_test_is_switched_off() =>
        AssertNowhere("\\bSkip\\s*=\\s*\"|#if (false|FALSE)", Tests().Where(f => !IsThisProject(f)));

    [Fact]
    public void A_disabled_warning_says_why() => Offenders.None(
        from file in Sources().Concat(Tests().Where(f => !IsThisProject(f)))
        let lines = File.ReadAllLines(file)
        from line in lines.Index()
        where Regex.IsMatch(line.Item, @"#pragma warning disable [A-Z0-9, ]+\s*$")
        where line.Index == 0 || !lines[line.Index - 1].TrimStart().StartsWith("//", StringComparison.Ordinal)
        select $"{Repository.Relative(file)}:{line.Index + 1}: {line.Item.Trim()}");

    [Fact]
    public void Polymorphic_json_is_not_used() => AssertNowhere(@"TypeNameHandling|Newtonsoft", Sources());

    private static IEnumerable<string> Sources() => Repository.Files("src", "*.cs");

    private static IEnumerable<string> Tests() => Repository.Files("tests", "*.cs");

    private static bool IsIn(string file, string folder) => Repository.Relative(file).StartsWith(folder + "/", StringComparison.Ordinal);

    private static bool IsThisProject(string file) => IsIn(file, "tests/Troupe.Architecture.Tests");

    private static void AssertNowhere(string pattern, IEnumerable<string> files) => Offenders.None(
        from file in files
        from line in File.ReadLines(file).Index()
        where Regex.IsMatch(line.Item, pattern) && !line.Item.TrimStart().StartsWith("///", StringComparison.Ordinal)
        select $"{Repository.Relative(file)}:{line.Index + 1}: {line.Item.Trim()}");
}
