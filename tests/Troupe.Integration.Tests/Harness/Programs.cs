namespace Troupe.Integration.Tests.Harness;

/// <summary>The programs under test and their peers.</summary>
internal static class Programs
{
    /// <summary>The working tree that this binary was built in.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Published binaries: TROUPE_BIN, or artifacts/bin of this working tree.</summary>
    public static string Bin { get; } = Environment.GetEnvironmentVariable("TROUPE_BIN") ?? Path.Combine(Root, "artifacts/bin");

    public static string Trouped => Ours("trouped");

    public static string Troupe => Ours("troupe");

    public static string Runtime => Ours("troupe-runtime");

    /// <summary>An installed program; /usr/sbin is searched too.</summary>
    public static string Find(string name) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/bin:/usr/sbin:/sbin".Split(':')
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{name} is not installed; ./build.sh --target=Test installs it");

    private static string Ours(string name)
    {
        var path = Path.Combine(Bin, name);
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing: ./build.sh --target=Publish");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props"))) return folder.FullName;
        }

        return AppContext.BaseDirectory;
    }
}
