using System.Globalization;
using System.Runtime.InteropServices;

namespace Troupe.Gateway.Node;

/// <summary>What <c>info</c> and <c>version</c> tell of the machine, read from /proc and /etc when asked.</summary>
internal static class HostFactsReader
{
    /// <summary>As Go and Docker name it: amd64, arm64.</summary>
    public static string GoArchitecture { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>As uname(2) names it: x86_64, aarch64.</summary>
    public static string MachineName { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "x86_64",
        Architecture.Arm64 => "aarch64",
        var other => other.ToString().ToLowerInvariant(),
    };

    public static string KernelVersion { get; } = FirstLine("/proc/sys/kernel/osrelease");

    /// <summary>Bytes; 0 when the kernel does not say.</summary>
    public static long MemoryBytes()
    {
        foreach (var line in Lines("/proc/meminfo"))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts is ["MemTotal:", var kib, ..] && long.TryParse(kib, NumberStyles.None, CultureInfo.InvariantCulture, out var amount)) return amount * 1024;
        }

        return 0;
    }

    public static (string Name, string Version) OperatingSystem()
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Lines("/etc/os-release"))
        {
            var parts = line.Split('=', 2);
            if (parts.Length == 2) values[parts[0]] = parts[1].Trim('"', '\'');
        }

        return (values.GetValueOrDefault("PRETTY_NAME", "Linux"), values.GetValueOrDefault("VERSION_ID", ""));
    }

    public static bool IsIpv4Forwarding() => FirstLine("/proc/sys/net/ipv4/ip_forward") == "1";

    /// <summary>Open descriptors of this process.</summary>
    public static int Descriptors()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string FirstLine(string path) => Lines(path).FirstOrDefault("");

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
