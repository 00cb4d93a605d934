using System.Reflection;

namespace Troupe.Daemon.Hosting;

internal static class DaemonVersion
{
    /// <summary>As built: <c>0.1.0</c>.</summary>
    public static string Text { get; } =
        typeof(DaemonVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
