using System.Text.RegularExpressions;

namespace Troupe.Architecture.Tests;

public class ProjectTests
{
    private static readonly IReadOnlyList<ProjectFile> Sources = Repository.Projects("src");

    [Fact]
    public void Source_projects_are_those_of_the_table() =>
        Assert.Equal(ProjectTable.Rows.Keys.Order(), Sources.Select(p => p.Name).Order());

    [Fact]
    public void A_project_references_only_what_its_row_allows() => Offenders.None(
        from project in Sources
        from reference in project.References
        where !ProjectTable.Rows[project.Name].References.Contains(reference)
        select $"{project.Name} -> {reference}");

    [Fact]
    public void A_project_uses_only_the_packages_of_its_row() => Offenders.None(
        from project in Sources
        from package in project.Packages
        where !ProjectTable.Rows[project.Name].Packages.Contains(package)
        select $"{project.Name} uses {package}");

    [Theory]
    [InlineData("Troupe.Cli")]
    [InlineData("Troupe.Runtime")]
    public void A_native_program_knows_no_actor_when_all_its_references_are_followed(string program) =>
        Assert.DoesNotContain(Closure(program).SelectMany(p => p.Packages), p => p.StartsWith("Akka", StringComparison.Ordinal));

    [Fact]
    public void Unsafe_blocks_are_allowed_in_Linux_only() =>
        Assert.Equal(["Troupe.Linux"], Sources.Where(p => p.AllowsUnsafe).Select(p => p.Name));

    [Fact]
    public void Native_programs_are_the_cli_and_the_runtime() =>
        Assert.Equal(["Troupe.Cli", "Troupe.Runtime"], Sources.Where(p => p.IsAot).Select(p => p.Name).Order());

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Repository.PathOf("Actors.sln")).Replace('\\', '/');
        Offenders.None(Sources.Concat(Repository.Projects("tests"))
            .Select(p => Repository.Relative(p.Path)).Where(p => !solution.Contains($"\"{p}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_source_project_has_a_readme_of_at_most_a_page() => Offenders.None(
        from project in Sources
        let readme = Path.Combine(Path.GetDirectoryName(project.Path)!, "README.md")
        where !File.Exists(readme) || File.ReadLines(readme).Count() is < 3 or > 90
        select project.Name);

    [Fact]
    public void Every_package_with_a_version_has_its_reason_in_a_decision_record()
    {
        var records = string.Concat(Repository.Files("docs/adr", "*.md").Select(File.ReadAllText));
        var versions = File.ReadAllText(Repository.PathOf("Directory.Packages.props"));
        var chosen = versions[..versions.IndexOf("Pinned transitives", StringComparison.Ordinal)];
        Offenders.None(Regex.Matches(chosen, "PackageVersion Include=\"([^\"]+)\"").Select(m => m.Groups[1].Value)
            .Where(package => !Regex.IsMatch(records, $@"(?<![\w.]){Regex.Escape(package)}(?![\w.]\w)")));
    }

    private static IEnumerable<ProjectFile> Closure(string name)
    {
        var project = Sources.Single(p => p.Name == name);
        return project.References.SelectMany(Closure).Prepend(project);
    }
}
