using System.Buffers.Binary;
using System.Text;
using Troupe.Cli.Attach;
using Troupe.Cli.Engine;
using Troupe.Cli.Output;

namespace Troupe.Cli.Tests;

public class StreamTests
{
    [Fact]
    public async Task Frames_go_to_their_streams_whatever_the_chunks()
    {
        byte[] bytes = [.. Frame(1, "out"), .. Frame(2, "err"), .. Frame(1, ""), .. Frame(1, "more")];
        for (var chunk = 1; chunk <= bytes.Length; chunk++)
        {
            using var stdout = new MemoryStream();
            using var stderr = new MemoryStream();
            await OutputCopy.DemultiplexAsync(new ChunkedStream(bytes, chunk), stdout, stderr, CancellationToken.None);
            Assert.Equal(("outmore", "err"), (Text(stdout), Text(stderr)));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    public async Task A_frame_cut_off_is_an_error(int length) => await Assert.ThrowsAsync<CliException>(() =>
        OutputCopy.DemultiplexAsync(new MemoryStream(Frame(1, "out")[..length]), Stream.Null, Stream.Null, CancellationToken.None));

    [Fact]
    public async Task A_frame_of_no_stream_is_an_error() => await Assert.ThrowsAsync<CliException>(() =>
        OutputCopy.DemultiplexAsync(new MemoryStream(Frame(9, "x")), Stream.Null, Stream.Null, CancellationToken.None));

    [Fact]
    public void A_response_head_is_read()
    {
        var (status, headers) = HijackedConnection.ParseHead("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nContent-Type: application/x");
        Assert.Equal((101, "application/x"), (status, headers["content-type"]));
        Assert.Throws<CliException>(() => HijackedConnection.ParseHead("SSH-2.0"));
    }

    [Theory]
    [InlineData("abc", "abc", false)]
    [InlineData("a\u0010\u0011b", "a", true)]
    [InlineData("a\u0010b", "a\u0010b", false)]
    [InlineData("\u0010\u0010\u0011", "\u0010", true)]
    [InlineData("\u0011", "\u0011", false)]
    public void Detach_keys(string keys, string passed, bool isDetached)
    {
        var whole = new DetachKeys().Filter(Encoding.ASCII.GetBytes(keys));
        Assert.Equal((passed, isDetached), (Encoding.ASCII.GetString(whole.Keys), whole.IsDetached));

        // Key by key, as a terminal sends them.
        var single = new DetachKeys();
        var seen = new List<byte>();
        var ended = false;
        foreach (var key in Encoding.ASCII.GetBytes(keys))
        {
            var (part, isEnd) = single.Filter([key]);
            seen.AddRange(part);
            if (ended = isEnd) break;
        }

        Assert.Equal((passed, isDetached), (Encoding.ASCII.GetString([.. seen]), ended));
    }

    [Fact]
    public async Task An_error_in_a_pull_s_stream_is_the_pull_s_error()
    {
        using var answer = new MemoryStream("{\"status\":\"Pulling\",\"id\":\"a\"}\r\n{\"errorDetail\":{\"message\":\"no\"},\"error\":\"no\"}\r\n"u8.ToArray());
        using var output = new StringWriter();
        var error = await Assert.ThrowsAsync<CliException>(() => PullDisplay.ShowAsync(answer, output, isTerminal: false, CancellationToken.None));
        Assert.Equal(("no", "a: Pulling\n"), (error.Message, output.ToString()));
    }

    [Fact]
    public async Task A_pull_s_lines_are_shown_once_each()
    {
        using var answer = new MemoryStream((
            "{\"status\":\"Pulling from x\",\"id\":\"latest\"}\n{\"status\":\"Downloading\",\"id\":\"a\",\"progressDetail\":{\"current\":1,\"total\":2}}\n"
            + "{\"status\":\"Pull complete\",\"id\":\"a\"}\n{\"status\":\"Pull complete\",\"id\":\"a\"}\n{\"status\":\"Status: done\"}\n").Select(c => (byte)c).ToArray());
        using var output = new StringWriter();
        await PullDisplay.ShowAsync(answer, output, isTerminal: false, CancellationToken.None);
        Assert.Equal("latest: Pulling from x\na: Pull complete\nStatus: done\n", output.ToString());
    }

    [Theory]
    [InlineData("unix:///run/x.sock", "/run/x.sock", null, 0)]
    [InlineData("tcp://127.0.0.1:2375", null, "127.0.0.1", 2375)]
    [InlineData("tcp://node", null, "node", 2375)]
    public void Addresses(string text, string? path, string? host, int port)
    {
        var address = EngineAddress.Parse(text);
        Assert.Equal((path, host, port), (address.SocketPath, address.Host, address.Port));
    }

    [Theory]
    [InlineData("")]
    [InlineData("unix://")]
    [InlineData("ssh://node")]
    [InlineData("/run/x.sock")]
    public void Addresses_that_are_none(string text) => Assert.Throws<CliException>(() => EngineAddress.Parse(text));

    [Theory]
    [InlineData("{\"message\":\"No such container: x\"}", "No such container: x")]
    [InlineData("<html>", "<html>")]
    [InlineData("[1]", "[1]")]
    [InlineData("", "NotFound")]
    public void A_refusal_shows_the_engine_s_text(string body, string reason) =>
        Assert.Equal(reason, EngineClient.Refusal(404, Encoding.UTF8.GetBytes(body)).Reason);

    private static byte[] Frame(byte stream, string text)
    {
        var frame = new byte[8 + text.Length];
        frame[0] = stream;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)text.Length);
        Encoding.ASCII.GetBytes(text, frame.AsSpan(8));
        return frame;
    }

    private static string Text(MemoryStream stream) => Encoding.ASCII.GetString(stream.ToArray());

    /// <summary>Gives at most so many bytes at a time.</summary>
    private sealed class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
