using Microsoft.Extensions.Logging.Console;
using Troupe.Daemon.Options;

namespace Troupe.Daemon.Hosting;

/// <summary>One JSON object a line on standard error, for everything in the process.</summary>
internal static class Logging
{
    public static ILoggerFactory Create(DaemonOptions options) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LevelOf(options));
        // The server's own lines about every request and connection are of interest when debugging only.
        if (LevelOf(options) > LogLevel.Debug) logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddJsonConsole(json =>
        {
            json.UseUtcTimestamp = true;
            json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    });

    public static LogLevel LevelOf(DaemonOptions options) => options.Debug ? LogLevel.Debug : options.LogLevel switch
    {
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Critical,
    };

    /// <summary>Akka decides before it makes a message: its level follows ours.</summary>
    public static string AkkaLevelOf(DaemonOptions options) => LevelOf(options) switch
    {
        LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        _ => "ERROR",
    };
}
