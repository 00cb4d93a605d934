using System.Globalization;
using Troupe.Api.Images;
using Troupe.Protocol.Images;

namespace Troupe.Gateway.Images;

/// <summary>Progress as lines of Docker's JSON. Pure.</summary>
internal static class ProgressMapping
{
    private const int BarWidth = 50;
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    public static ProgressMessage Line(PullProgress progress)
    {
        // "Pulling from" has the tag as its id and no bar; a layer's line always has the member, empty without numbers.
        var isLayer = progress.Id.Length > 0 && !progress.Status.StartsWith("Pulling from", StringComparison.Ordinal);
        var hasBar = progress.CurrentBytes > 0 || progress.TotalBytes > 0;
        return new ProgressMessage
        {
            Status = progress.Status,
            ProgressDetail = hasBar ? new ProgressDetail { Current = progress.CurrentBytes, Total = progress.TotalBytes } : isLayer ? new ProgressDetail() : null,
            Progress = hasBar ? Bar(progress.CurrentBytes, progress.TotalBytes) : null,
            Id = progress.Id.Length > 0 ? progress.Id : null,
        };
    }

    public static ProgressMessage Error(string message) =>
        new() { ErrorDetail = new ProgressError { Message = message }, Error = message };

    /// <summary><c>[=====>      ]   1.2MB/10MB</c>, as Docker's own line.</summary>
    public static string Bar(long current, long total)
    {
        if (total <= 0 || current > total) return $"{Size(current),8}";
        var filled = (int)(current * 100.0 / total) / 2;
        return $"[{new string('=', filled)}>{new string(' ', BarWidth - filled)}] {Size(current),8}/{Size(total)}";
    }

    /// <summary>Four significant digits and a decimal unit.</summary>
    private static string Size(long bytes)
    {
        double size = bytes;
        var unit = 0;
        while (size >= 1000 && unit < Units.Length - 1)
        {
            size /= 1000;
            unit++;
        }

        return size.ToString("G4", CultureInfo.InvariantCulture) + Units[unit];
    }
}
