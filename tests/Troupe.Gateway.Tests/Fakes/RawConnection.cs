using System.Net.Sockets;
using System.Text;

namespace Troupe.Gateway.Tests.Fakes;

/// <summary>A client that speaks bytes. Every wait has a deadline.</summary>
public sealed class RawConnection : IDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly Socket _socket;
    private readonly List<byte> _unread = [];

    private RawConnection(Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return new RawConnection(socket);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] data)
    {
        using var limit = new CancellationTokenSource(Deadline);
        var rest = data.AsMemory();
        while (!rest.IsEmpty) rest = rest[await _socket.SendAsync(rest, limit.Token)..];
    }

    /// <summary>FIN: nothing more comes from here.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The head up to and with the empty line.</summary>
    public async Task<string> ReadHeadAsync()
    {
        while (true)
        {
            var text = Encoding.ASCII.GetString([.. _unread]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                _unread.RemoveRange(0, end + 4);
                return text[..(end + 4)];
            }

            if (!await FillAsync()) throw new IOException($"the connection ended after: {text}");
        }
    }

    public async Task<byte[]> ReadAsync(int count)
    {
        while (_unread.Count < count)
        {
            if (!await FillAsync()) throw new IOException($"the connection ended after {_unread.Count} of {count} bytes");
        }

        byte[] data = [.. _unread[..count]];
        _unread.RemoveRange(0, count);
        return data;
    }

    /// <summary>Everything up to the end of the connection.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        while (await FillAsync())
        {
        }

        byte[] data = [.. _unread];
        _unread.Clear();
        return data;
    }

    public void Dispose() => _socket.Dispose();

    private async Task<bool> FillAsync()
    {
        var buffer = new byte[64 * 1024];
        using var limit = new CancellationTokenSource(Deadline);
        var count = await _socket.ReceiveAsync(buffer, limit.Token);
        _unread.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }
}

/// <summary>Waits for what other threads bring about: looks again every few milliseconds, up to a deadline.</summary>
public static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var limit = new CancellationTokenSource(RawConnection.Deadline);
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"not within {RawConnection.Deadline}: {what}");
            }
        }
    }
}
