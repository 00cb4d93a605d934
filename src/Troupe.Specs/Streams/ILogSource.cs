namespace Troupe.Specs.Streams;

/// <summary>What to read of a log: <paramref name="Tail"/> lines at most from the end (null: all), between two instants.</summary>
public sealed record LogOptions(
    bool Stdout, bool Stderr, bool Follow, int? Tail, DateTimeOffset? Since, DateTimeOffset? Until);

/// <summary>One record of a container's log. <paramref name="Data"/> ends with a newline unless the record is a partial line.</summary>
public sealed record LogRecord(StdStream Stream, DateTimeOffset Time, ReadOnlyMemory<byte> Data);

/// <summary>Reads the log files that the shims write. Belongs to the process host. Implemented in Troupe.Containers.</summary>
public interface ILogSource
{
    /// <summary>
    /// Records in the order written. With Follow it goes on until the container has stopped and its log is read to the end, or
    /// the container is removed; it follows rotation and survives a change of the actor system.
    /// </summary>
    IAsyncEnumerable<LogRecord> ReadAsync(ContainerId id, LogOptions options, CancellationToken cancel);
}
