namespace Troupe.Specs.Streams;

/// <summary>Which of a process's streams a chunk belongs to; the numbers are those of Docker's multiplexed frames.</summary>
public enum StdStream : byte
{
    Stdin = 0,
    Stdout = 1,
    Stderr = 2,
}

/// <summary>What an attach client wants. With <paramref name="Replay"/> it first gets what was written before it came.</summary>
public sealed record AttachOptions(bool Stdin, bool Stdout, bool Stderr, bool Replay);

/// <summary>A piece of output: bytes [Offset, Offset + Data.Length) of one stream, counted from the process's start.</summary>
public readonly record struct StreamChunk(StdStream Stream, long Offset, ReadOnlyMemory<byte> Data);

/// <summary>
/// The byte plane of containers: stdio goes shim -> unix socket -> here -> client and never through a mailbox.
/// Belongs to the process host and outlives actor systems. Implemented in Troupe.Containers.
/// </summary>
public interface IContainerStreams
{
    /// <summary>
    /// Opens a stream to the container's first process. May be called before the container starts: the stream then waits for the
    /// start and misses no byte of it. Fails with <see cref="ObjectDisposedException"/> when the node stops.
    /// </summary>
    ValueTask<IAttachedStream> AttachAsync(ContainerId id, AttachOptions options, CancellationToken cancel);
}

/// <summary>One client's end of a container's stdio. Not thread-safe per direction; the two directions are independent.</summary>
public interface IAttachedStream : IAsyncDisposable
{
    /// <summary>The next piece of output; null when the process's requested outputs are at their end or the container was removed.</summary>
    ValueTask<StreamChunk?> ReadAsync(CancellationToken cancel);

    /// <summary>Writes to the process's stdin; waits while the process does not read. Harmless after its end.</summary>
    ValueTask WriteStdinAsync(ReadOnlyMemory<byte> data, CancellationToken cancel);

    /// <summary>The client has no more input. Closes the process's stdin when the container was made with StdinOnce.</summary>
    ValueTask CloseStdinAsync(CancellationToken cancel);
}
