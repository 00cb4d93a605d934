using System.Globalization;

namespace Troupe.Containers.Bundles;

/// <summary>Rotation of the json-file log. Bounded by default: 3 files of 10 MB.</summary>
internal sealed record LogSettings(string Driver, long SizeMaxBytes, int FilesMax)
{
    private const long DefaultSizeBytes = 10_000_000;
    private const int DefaultFiles = 3;
    private const int FilesLimit = 1000;

    /// <summary>Null when the options are right; otherwise why not, in Docker's words. Unknown drivers are refused elsewhere.</summary>
    public static string? TryParse(string driver, IReadOnlyDictionary<string, string> options, out LogSettings settings)
    {
        settings = new LogSettings(driver.Length == 0 ? "json-file" : driver, DefaultSizeBytes, DefaultFiles);
        foreach (var (key, value) in options)
        {
            switch (key)
            {
                case "max-size" when TrySize(value, out var size):
                    settings = settings with { SizeMaxBytes = size };
                    break;
                case "max-file" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var files)
                    && files is >= 1 and <= FilesLimit:
                    settings = settings with { FilesMax = files };
                    break;
                case "max-size" or "max-file":
                    return $"invalid value for log opt '{key}': {value}";
                default:
                    return $"unknown log opt '{key}' for {settings.Driver} log driver";
            }
        }

        return null;
    }

    /// <summary>Bytes with an optional suffix k, m, g (powers of 1024); -1: no rotation.</summary>
    private static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        if (text == "-1") return true;
        var lower = text.ToLowerInvariant().TrimEnd('b');
        if (lower.Length == 0) return false;
        var shift = lower[^1] switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 };
        if (!long.TryParse(shift == 0 ? lower : lower[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        if (number is 0 or > int.MaxValue) return false;
        bytes = number << shift;
        return true;
    }
}
