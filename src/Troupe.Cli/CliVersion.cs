using System.Reflection;

namespace Troupe.Cli;

internal static class CliVersion
{
    /// <summary>The version that the build stamped, e.g. <c>0.1.0</c>.</summary>
    public static string Text { get; } =
        typeof(CliVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
