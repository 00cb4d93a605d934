using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Troupe.Cli.Engine;

/// <summary>
/// A connection that the engine handed over after the response head (attach): from then on both directions are bare bytes. Our
/// direction can be closed alone, which is how a container's stdin ends.
/// </summary>
internal sealed class HijackedConnection : IAsyncDisposable
{
    private readonly NetworkStream _stream;

    private HijackedConnection(NetworkStream stream, Stream output, bool isMultiplexed)
    {
        _stream = stream;
        Output = output;
        IsMultiplexed = isMultiplexed;
    }

    /// <summary>What the container writes: frames when <see cref="IsMultiplexed"/>, else the terminal's bytes.</summary>
    public Stream Output { get; }

    public bool IsMultiplexed { get; }

    /// <param name="isTty">The container has a terminal: its output is not framed.</param>
    /// <exception cref="EngineException">The engine refused; the connection is closed.</exception>
    public static async Task<HijackedConnection> OpenAsync(EngineClient engine, string path, bool isTty, CancellationToken cancel)
    {
        var stream = (NetworkStream)await engine.Address.ConnectAsync(cancel);
        try
        {
            var head = $"POST {await engine.PathAsync(path, cancel)} HTTP/1.1\r\nHost: troupe\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                + "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), cancel);
            var (status, headers, rest) = await ReadHeadAsync(stream, cancel);
            if (status is not (101 or 200)) throw await ReadRefusalAsync(stream, status, headers, rest, cancel);
            var isMultiplexed = await engine.SaysFramingAsync(cancel)
                ? headers.GetValueOrDefault("content-type") == OutputCopy.MultiplexedType
                : !isTty;
            return new HijackedConnection(stream, new PrefixedStream(rest, stream), isMultiplexed);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel) => _stream.WriteAsync(bytes, cancel);

    /// <summary>End of the container's stdin. Its output still arrives.</summary>
    public void CloseInput()
    {
        try
        {
            _stream.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The container ended first: there is no reader left to tell.
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static async Task<(int Status, Dictionary<string, string> Headers, byte[] Ahead)> ReadHeadAsync(
        NetworkStream stream, CancellationToken cancel)
    {
        var buffer = new byte[Limits.ResponseHeadBytes];
        for (var length = 0; length < buffer.Length;)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancel);
            if (read == 0) throw new CliException("the engine closed the connection before it answered");
            length += read;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end < 0) continue;
            var (status, headers) = ParseHead(Encoding.Latin1.GetString(buffer, 0, end));
            return (status, headers, buffer[(end + 4)..length]);
        }

        throw new CliException("the engine's answer is no HTTP");
    }

    /// <summary>Status line and header fields, names in lower case.</summary>
    internal static (int Status, Dictionary<string, string> Headers) ParseHead(string head)
    {
        var lines = head.Split("\r\n");
        var words = lines[0].Split(' ');
        if (words.Length < 2 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            throw new CliException("the engine's answer is no HTTP");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) headers[line[..colon].ToLowerInvariant()] = line[(colon + 1)..].Trim();
        }

        return (status, headers);
    }

    private static async Task<EngineException> ReadRefusalAsync(
        NetworkStream stream, int status, Dictionary<string, string> headers, byte[] rest, CancellationToken cancel)
    {
        var isSized = int.TryParse(headers.GetValueOrDefault("content-length"), NumberStyles.None, CultureInfo.InvariantCulture, out var size);
        var body = new byte[isSized ? Math.Min(size, Limits.ErrorBodyBytes) : rest.Length];
        rest.AsSpan(0, Math.Min(rest.Length, body.Length)).CopyTo(body);
        if (rest.Length < body.Length) await stream.ReadAtLeastAsync(body.AsMemory(rest.Length), body.Length - rest.Length, false, cancel);
        return EngineClient.Refusal(status, body);
    }
}
