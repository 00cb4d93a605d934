using System.Buffers;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Shims;

/// <summary>
/// A stream connection to a shim. A chunk's data is valid until the next read. An offset larger than the end of the chunk before
/// means that bytes were lost (a gap): the shim does not wait for ever for a client that does not read.
/// </summary>
internal sealed class ShimAttachedStream : IAttachedStream
{
    private readonly ShimFrameSocket _socket;
    private int _streamsOpen;

    private ShimAttachedStream(ShimFrameSocket socket, ShimStreams streams)
    {
        _socket = socket;
        _streamsOpen = (int)(streams & (ShimStreams.Stdout | ShimStreams.Stderr));
    }

    /// <summary>How the process ended, when the shim said so before the stream's end.</summary>
    public ShimExit? Exit { get; private set; }

    /// <summary>Fails with <see cref="ShimException"/>: no shim, no such process.</summary>
    public static async Task<ShimAttachedStream> OpenAsync(
        string runDirectory, string execId, AttachOptions options, TimeProvider time, CancellationToken cancel)
    {
        var socket = await ShimFrameSocket.ConnectAsync(runDirectory, time, cancel).ConfigureAwait(false)
            ?? throw new ShimException("the shim is not there", 0);
        try
        {
            var streams = (options.Stdin ? ShimStreams.Stdin : 0) | (options.Stdout ? ShimStreams.Stdout : 0)
                | (options.Stderr ? ShimStreams.Stderr : 0);
            var from = options.Replay ? 0 : ShimProtocol.OffsetNow;
            var request = ShimFrames.Build(ShimFrameKind.Attach, 1, (ref ShimFieldWriter w) =>
                new ShimAttach(execId, streams, from, from).Write(ref w));
            await socket.WriteAsync(request, cancel).ConfigureAwait(false);
            while (true)
            {
                var frame = await socket.ReadAsync(cancel).ConfigureAwait(false) ?? throw new ShimException("the shim is gone", 0);
                if (frame.Header.Kind == ShimFrameKind.Error) throw ShimFrames.ErrorOf(frame.Payload.Span);
                if (frame.Header.Kind == ShimFrameKind.Attached) return new ShimAttachedStream(socket, streams);
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask<StreamChunk?> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            if (await _socket.ReadAsync(cancel).ConfigureAwait(false) is not { } frame) return null;
            switch (frame.Header.Kind)
            {
                case ShimFrameKind.Stdout or ShimFrameKind.Stderr when frame.Payload.Length >= 8:
                    var stream = frame.Header.Kind == ShimFrameKind.Stderr ? StdStream.Stderr : StdStream.Stdout;
                    return new StreamChunk(stream, new ShimFieldReader(frame.Payload.Span).I64(), frame.Payload[8..]);
                case ShimFrameKind.StreamEnd when frame.Payload.Length >= 1:
                    _streamsOpen &= ~(frame.Payload.Span[0] == (byte)StdStream.Stderr ? (int)ShimStreams.Stderr : (int)ShimStreams.Stdout);
                    break;
                case ShimFrameKind.Exited:
                    var reader = new ShimFieldReader(frame.Payload.Span);
                    if (ShimExit.TryRead(ref reader, out var exit)) Exit = exit;
                    return null;
            }
        }
    }

    public async ValueTask WriteStdinAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        while (data.Length > 0)
        {
            var piece = data[..Math.Min(data.Length, ShimProtocol.DataMax)];
            var buffer = ArrayPool<byte>.Shared.Rent(ShimProtocol.HeaderSize + piece.Length);
            try
            {
                new ShimFrameHeader(ShimFrameKind.Stdin, 0, piece.Length).Write(buffer);
                piece.CopyTo(buffer.AsMemory(ShimProtocol.HeaderSize));
                await _socket.WriteAsync(buffer.AsMemory(0, ShimProtocol.HeaderSize + piece.Length), cancel).ConfigureAwait(false);
            }
            catch (ShimException)
            {
                return; // the process is gone: harmless, by contract
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
            data = data[piece.Length..];
        }
    }

    public async ValueTask CloseStdinAsync(CancellationToken cancel)
    {
        try
        {
            await _socket.WriteAsync(ShimFrames.Build(ShimFrameKind.StdinEnd, 0, null), cancel).ConfigureAwait(false);
        }
        catch (ShimException)
        {
            // The process is gone: harmless, by contract.
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
