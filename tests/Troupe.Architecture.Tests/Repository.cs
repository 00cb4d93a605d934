using System.Xml.Linq;

namespace Troupe.Architecture.Tests;

/// <summary>The working tree that these tests judge, found from the test binary upwards.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Relative(string path) => Path.GetRelativePath(Root, path);

    /// <summary>Files that people wrote below a folder, build output aside.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories).Where(IsWritten).Order(StringComparer.Ordinal);

    public static IReadOnlyList<ProjectFile> Projects(string folder) =>
        [.. Files(folder, "*.csproj").Select(ProjectFile.Read)];

    private static bool IsWritten(string path) =>
        !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props"))) return folder.FullName;
        }

        throw new InvalidOperationException($"no repository above {AppContext.BaseDirectory}");
    }
}

/// <summary>What a project file says it uses.</summary>
/// <param name="Packages">Packages that end up in the product; analyzers (PrivateAssets=all) are not among them.</param>
internal sealed record ProjectFile(
    string Path, string Name, IReadOnlyList<string> References, IReadOnlyList<string> Packages, bool AllowsUnsafe, bool IsAot)
{
    public static ProjectFile Read(string path)
    {
        var xml = XDocument.Load(path);
        return new ProjectFile(
            path,
            System.IO.Path.GetFileNameWithoutExtension(path),
            [.. Included(xml, "ProjectReference").Select(e => System.IO.Path.GetFileNameWithoutExtension(e))],
            [.. xml.Descendants("PackageReference").Where(e => (string?)e.Attribute("PrivateAssets") != "all").Select(Include)],
            IsTrue(xml, "AllowUnsafeBlocks"),
            IsTrue(xml, "PublishAot"));
    }

    private static IEnumerable<string> Included(XDocument xml, string element) => xml.Descendants(element).Select(Include);

    private static string Include(XElement element) => (string?)element.Attribute("Include") ?? "";

    private static bool IsTrue(XDocument xml, string element) => xml.Descendants(element).Any(e => e.Value == "true");
}
