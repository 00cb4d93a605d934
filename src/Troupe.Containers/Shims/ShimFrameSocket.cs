using System.Net.Sockets;
using Troupe.Specs.Shim;

namespace Troupe.Containers.Shims;

/// <summary>A received frame; the payload is valid until the next read.</summary>
internal readonly record struct ShimFrame(ShimFrameHeader Header, ReadOnlyMemory<byte> Payload);

/// <summary>
/// One connection to a shim, greeted. Reading is for one caller at a time, writing for any number. Failures are <see cref="ShimException"/>.
/// </summary>
internal sealed class ShimFrameSocket : IDisposable
{
    private const int BufferStart = 4096;
    private readonly Socket _socket;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private byte[] _buffer = new byte[BufferStart];
    private int _start;
    private int _end;

    private ShimFrameSocket(Socket socket) => _socket = socket;

    public int ShimPid { get; private set; }

    /// <summary>Connects and says Hello; null when nobody listens.</summary>
    public static async Task<ShimFrameSocket?> ConnectAsync(string runDirectory, TimeProvider time, CancellationToken cancel)
    {
        for (var attempt = 0; ; attempt++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            var frames = new ShimFrameSocket(socket);
            try
            {
                var path = Path.Combine(runDirectory, ShimProtocol.SocketName);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
                if (await frames.TryGreetAsync(cancel).ConfigureAwait(false)) return frames;
                // Closed before its answer: it is just ending, then the next try finds nobody; or it has too many clients.
                if (attempt >= ByteLimits.ConnectAttemptsMax) throw new ShimException("the shim closes every connection at once", 0);
                frames.Dispose();
            }
            catch (SocketException failure) when (IsAbsent(failure))
            {
                frames.Dispose();
                return null;
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.WouldBlock)
            {
                frames.Dispose(); // its queue of connections is full for the moment; the caller's deadline ends this
            }
            catch
            {
                frames.Dispose();
                throw;
            }
            await Task.Delay(ByteLimits.DelayConnect, time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>What has arrived is still read, then the end follows. Any thread; harmless when closed.</summary>
    public void EndReading()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // Nothing is read any more.
        }
    }

    /// <summary>The next frame, or null when the shim closed the connection.</summary>
    public async ValueTask<ShimFrame?> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            var decoded = ShimFrameReader.TryRead(_buffer.AsSpan(_start, _end - _start), out var header, out _, out var consumed);
            if (decoded == ShimDecode.Malformed) throw new ShimException("the shim sent a malformed frame", 0);
            if (decoded == ShimDecode.Frame)
            {
                var payload = _buffer.AsMemory(_start + ShimProtocol.HeaderSize, header.Length);
                _start += consumed;
                return new ShimFrame(header, payload);
            }
            MakeRoom();
            int count;
            try
            {
                count = await _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, cancel).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                return null;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            if (count == 0) return null;
            _end += count;
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            while (frame.Length > 0)
            {
                var sent = await _socket.SendAsync(frame, SocketFlags.None, cancel).ConfigureAwait(false);
                frame = frame[sent..];
            }
        }
        catch (OperationCanceledException)
        {
            // A frame may be half sent: nothing after it could be understood.
            Dispose();
            throw;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw new ShimException("the shim is gone", 0, failure);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsAbsent(SocketException failure) =>
        failure.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable
        || failure.NativeErrorCode is 2 or 20; // ENOENT, ENOTDIR

    /// <summary>False when the connection ended before an answer.</summary>
    private async Task<bool> TryGreetAsync(CancellationToken cancel)
    {
        var hello = ShimFrames.Build(ShimFrameKind.Hello, 0, static (ref ShimFieldWriter w) =>
            new ShimHello(ShimProtocol.Version, ShimProtocol.Version).Write(ref w));
        try
        {
            await WriteAsync(hello, cancel).ConfigureAwait(false);
        }
        catch (ShimException)
        {
            return false;
        }
        if (await ReadAsync(cancel).ConfigureAwait(false) is not { } answer) return false;
        if (answer.Header.Kind == ShimFrameKind.Error) throw ShimFrames.ErrorOf(answer.Payload.Span);
        if (answer.Header.Kind != ShimFrameKind.HelloReply
            || !ShimHelloReply.TryRead(new ShimFieldReader(answer.Payload.Span), out var reply)
            || reply.Version != ShimProtocol.Version)
        {
            throw new ShimException("the shim answered Hello with something else", 0);
        }
        ShimPid = reply.ShimPid;
        return true;
    }

    private void MakeRoom()
    {
        if (_start == _end) _start = _end = 0;
        if (_end < _buffer.Length) return;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
            return;
        }
        // Full with the beginning of one frame, whose header was found good: its size is bounded.
        Array.Resize(ref _buffer, Math.Min(_buffer.Length * 8, ShimProtocol.HeaderSize + ShimProtocol.PayloadMax));
    }
}

/// <summary>Builds and reads frames for the client's side.</summary>
internal static class ShimFrames
{
    public delegate void Fields(ref ShimFieldWriter writer);

    /// <summary>A whole control frame.</summary>
    public static byte[] Build(ShimFrameKind kind, uint id, Fields? fields)
    {
        Span<byte> payload = stackalloc byte[ShimProtocol.StringMax + 128];
        var writer = new ShimFieldWriter(payload);
        fields?.Invoke(ref writer);
        var frame = new byte[ShimProtocol.HeaderSize + writer.Length];
        new ShimFrameHeader(kind, id, writer.Length).Write(frame);
        payload[..writer.Length].CopyTo(frame.AsSpan(ShimProtocol.HeaderSize));
        return frame;
    }

    public static ShimException ErrorOf(ReadOnlySpan<byte> payload) =>
        ShimError.TryRead(new ShimFieldReader(payload), out var error)
            ? new ShimException(error.Message, error.Errno) { ExitCode = error.ExitCode }
            : new ShimException("the shim answered with a malformed error", 0);
}
