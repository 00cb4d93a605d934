namespace Troupe.Daemon.Hosting;

/// <summary>The log lines of the process host; messages of Akka's actors pass through the first one.</summary>
internal static partial class Lines
{
    [LoggerMessage(EventId = 1, Message = "{Text} ({Source})")]
    public static partial void Akka(ILogger logger, LogLevel level, string text, string source, Exception? error);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "trouped {Version} starts: node {NodeId}, instance {Instance}, data root {DataRoot}, exec root {ExecRoot}")]
    public static partial void Starting(ILogger logger, string version, string nodeId, string instance, string dataRoot, string execRoot);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "API listens on {Address}")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "API listens on {Address} WITHOUT TLS: every user of this machine can become root through it")]
    public static partial void ListeningInsecurely(ILogger logger, string address);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "Node is ready after {Milliseconds} ms")]
    public static partial void Ready(ILogger logger, long milliseconds);

    [LoggerMessage(EventId = 6, Level = LogLevel.Information, Message = "{Reason}: trouped stops; containers go on")]
    public static partial void Stopping(ILogger logger, string reason);

    [LoggerMessage(EventId = 7, Level = LogLevel.Information, Message = "trouped has stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(EventId = 8, Level = LogLevel.Warning, Message = "The actor system ended by itself; it is built again in {Delay}")]
    public static partial void Rebuilding(ILogger logger, TimeSpan delay);

    [LoggerMessage(EventId = 9, Level = LogLevel.Error, Message = "The actor system could not be built; tried again in {Delay}")]
    public static partial void BuildFailed(ILogger logger, TimeSpan delay, Exception error);

    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "A new cluster is inited: CA and node certificate are in {Directory}")]
    public static partial void ClusterInited(ILogger logger, string directory);

    [LoggerMessage(EventId = 11, Level = LogLevel.Warning, Message = "The node's links and rules could not be removed: {Reason}")]
    public static partial void SweepFailed(ILogger logger, string reason);
}
