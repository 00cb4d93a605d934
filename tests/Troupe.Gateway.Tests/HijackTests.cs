using System.Buffers.Binary;
using System.Text;
using Troupe.Gateway.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Gateway.Tests;

/// <summary>Attach by raw sockets, as clients of all ages do it (GATEWAY.md 1 to 6).</summary>
public sealed class HijackTests
{
    [Theory]
    [InlineData("1.51", false, "application/vnd.docker.multiplexed-stream")]
    [InlineData("1.42", false, "application/vnd.docker.multiplexed-stream")]
    [InlineData("1.41", false, "application/vnd.docker.raw-stream")]
    [InlineData("1.51", true, "application/vnd.docker.raw-stream")]
    public async Task Attach_when_upgraded_then_101_and_the_type_of_the_version(string version, bool isTty, string type)
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = Add(gateway, isTty, "both");
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach(version, "stream=1&stdout=1&stderr=1", upgrade: true));
        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 UPGRADED\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"Content-Type: {type}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Connection: Upgrade\r\nUpgrade: tcp\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Api-Version: 1.51\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Ostype: linux\r\n", head, StringComparison.Ordinal);
        await StartAsync(gateway);
        var output = await client.ReadToEndAsync();
        if (isTty)
        {
            Assert.Equal("to stdout\nto stderr\n", Encoding.UTF8.GetString(output));
        }
        else
        {
            Assert.Equal([(1, "to stdout\n"), (2, "to stderr\n")], Frames(output));
        }

        await Eventually.TrueAsync(() => container.AttachedCount == 0, "the stream is given back");
    }

    [Fact]
    public async Task Attach_when_followed_by_a_start_then_the_engine_hears_of_the_attach_first()
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = Add(gateway, isTty: false, "both");
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.51", "stream=1&stdout=1", upgrade: true));
        await client.ReadHeadAsync();
        await StartAsync(gateway);
        await client.ReadToEndAsync();
        Assert.Equal([typeof(AttachContainer), typeof(StartContainer)], gateway.Node.Asked.OfType<ContainerCommand>().Select(c => c.GetType()));
        Assert.Equal(container.View.Id, gateway.Node.Asked.OfType<AttachContainer>().Single().Id);
    }

    [Fact]
    public async Task Attach_when_the_engine_does_not_answer_then_the_stream_does()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Node.Override = m => m is AttachContainer ? new CommandFailed(ErrorCode.Unavailable, "no actor system") : null;
        Add(gateway, isTty: false, "both");
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.51", "stream=1&stdout=1", upgrade: true));
        Assert.StartsWith("HTTP/1.1 101 UPGRADED\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await StartAsync(gateway);
        Assert.Equal([(1, "to stdout\n")], Frames(await client.ReadToEndAsync()));
    }

    [Fact]
    public async Task Attach_when_not_upgraded_then_200_and_the_stream()
    {
        await using var gateway = await TestGateway.StartAsync();
        Add(gateway, isTty: false, "both");
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.24", "stream=1&stdout=1", upgrade: false));
        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/vnd.docker.raw-stream\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Upgrade", head, StringComparison.Ordinal);
        await StartAsync(gateway);
        Assert.Equal([(1, "to stdout\n")], Frames(await client.ReadToEndAsync()));
    }

    [Fact]
    public async Task Attach_when_the_request_has_a_body_then_the_body_is_not_input()
    {
        await using var gateway = await TestGateway.StartAsync();
        Add(gateway, isTty: true, "cat");
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(
            "POST /v1.51/containers/c1/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            + "Content-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"Detach\":false}\n");
        Assert.StartsWith("HTTP/1.1 101", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await StartAsync(gateway);
        await client.SendAsync("hello");
        client.HalfClose();
        Assert.Equal("hello", Encoding.UTF8.GetString(await client.ReadToEndAsync()));
    }

    [Fact]
    public async Task Attach_when_the_client_half_closes_after_much_input_then_all_arrives_and_later_output_too()
    {
        await using var gateway = await TestGateway.StartAsync();
        Add(gateway, isTty: false, "count");
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.51", "stream=1&stdin=1&stdout=1", upgrade: true));
        await client.ReadHeadAsync();
        await StartAsync(gateway);
        const int Size = 16 * 1024 * 1024;
        await client.SendAsync(new byte[Size]);
        client.HalfClose();
        Assert.Equal([(1, $"{Size} bytes\n")], Frames(await client.ReadToEndAsync()));
    }

    [Fact]
    public async Task Attach_when_request_input_and_fin_come_in_one_go_then_nothing_is_lost()
    {
        await using var gateway = await TestGateway.StartAsync();
        Add(gateway, isTty: false, "cat");
        await StartAsync(gateway);
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.51", "stream=1&stdin=1&stdout=1", upgrade: true) + "early input");
        client.HalfClose();
        Assert.StartsWith("HTTP/1.1 101", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("early input", string.Concat(Frames(await client.ReadToEndAsync()).Select(f => f.Text)));
    }

    [Fact]
    public async Task Attach_when_the_connection_served_requests_before_then_it_works_as_on_a_new_one()
    {
        await using var gateway = await TestGateway.StartAsync();
        Add(gateway, isTty: false, "both");
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync("GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 OK", await client.ReadHeadAsync(), StringComparison.Ordinal);
            Assert.Equal("OK", Encoding.ASCII.GetString(await client.ReadAsync(2)));
        }

        await client.SendAsync(Attach("1.51", "stream=1&stdout=1&stderr=1", upgrade: true));
        Assert.StartsWith("HTTP/1.1 101", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await StartAsync(gateway);
        Assert.Equal([(1, "to stdout\n"), (2, "to stderr\n")], Frames(await client.ReadToEndAsync()));
    }

    [Theory]
    [InlineData("stream=1&stdout=1")]
    [InlineData("stream=1&stdin=1&stdout=1")]
    public async Task Attach_when_the_client_vanishes_from_a_silent_container_then_its_stream_is_given_back_and_the_container_lives(string query)
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = Add(gateway, isTty: false, "sleep");
        await StartAsync(gateway);
        using (var client = await RawConnection.OpenAsync(gateway.Socket))
        {
            await client.SendAsync(Attach("1.51", query, upgrade: true));
            await client.ReadHeadAsync();
            await Eventually.TrueAsync(() => container.AttachedCount == 1, "attached");
        }

        await Eventually.TrueAsync(() => container.AttachedCount == 0, "the vanished client is noticed");
        Assert.Equal(ContainerStatus.Running, container.View.Status);
    }

    [Fact]
    public async Task Attach_when_the_client_only_stops_sending_then_it_stays_attached()
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = Add(gateway, isTty: false, "sleep");
        await StartAsync(gateway);
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.51", "stream=1&stdout=1", upgrade: true));
        await client.ReadHeadAsync();
        client.HalfClose();

        // Longer than two probes for vanished clients.
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await Eventually.TrueAsync(() => watch.Elapsed > 3 * Limits.VanishedProbe, "time passes");
        Assert.Equal(1, container.AttachedCount);
        container.Write(Troupe.Specs.Streams.StdStream.Stdout, "late\n"u8.ToArray());
        container.Killed.TrySetResult(9);
        Assert.Equal([(1, "late\n")], Frames(await client.ReadToEndAsync()));
    }

    [Fact]
    public async Task Attach_when_the_client_does_not_read_then_the_container_goes_on_to_its_end()
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = Add(gateway, isTty: false, "flood");
        gateway.Node.Program = async c =>
        {
            for (var i = 0; i < 64; i++)
            {
                c.Write(Troupe.Specs.Streams.StdStream.Stdout, new byte[256 * 1024]);
                await Task.Yield();
            }

            return 0;
        };
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.51", "stream=1&stdout=1", upgrade: true));
        await client.ReadHeadAsync();
        await StartAsync(gateway);
        Assert.Equal(0, await container.Exit.Task.WaitAsync(RawConnection.Deadline));
    }

    [Fact]
    public async Task Attach_when_the_detach_keys_come_on_a_terminal_then_the_session_ends_and_the_container_lives()
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = Add(gateway, isTty: true, "sleep");
        await StartAsync(gateway);
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.51", "stream=1&stdin=1&stdout=1", upgrade: true));
        await client.ReadHeadAsync();
        await client.SendAsync("ab\x10\x11");
        Assert.Empty(await client.ReadToEndAsync());
        Assert.Equal("ab", Encoding.ASCII.GetString(await container.Stdin.Reader.ReadAsync()));
        Assert.Equal(ContainerStatus.Running, container.View.Status);
    }

    [Fact]
    public async Task Attach_when_the_container_is_unknown_then_404_as_http()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.51", "stream=1&stdout=1", upgrade: true));
        Assert.StartsWith("HTTP/1.1 404 Not Found\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attach_when_only_logs_are_wanted_then_the_log_and_the_end()
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = Add(gateway, isTty: false, "sleep");
        container.Write(Troupe.Specs.Streams.StdStream.Stderr, "before\n"u8.ToArray());
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync(Attach("1.51", "logs=1&stdout=1&stderr=1", upgrade: true));
        await client.ReadHeadAsync();
        Assert.Equal([(2, "before\n")], Frames(await client.ReadToEndAsync()));
    }

    private static string Attach(string version, string query, bool upgrade) =>
        $"POST /v{version}/containers/c1/attach?{query} HTTP/1.1\r\nHost: api.moby.localhost\r\nUser-Agent: Docker-Client/28.2.2 (linux)\r\n"
        + "Content-Length: 0\r\nContent-Type: text/plain\r\n" + (upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "") + "\r\n";

    private static FakeContainer Add(TestGateway gateway, bool isTty, params string[] command)
    {
        var spec = TestSpecs.Spec(command) with { Tty = isTty, OpenStdin = true, StdinOnce = true };
        return gateway.Node.Add(FakeImages.View(ContainerId.New(), "c1", spec, FakeImages.Busybox.Id, ContainerStatus.Created));
    }

    private static async Task StartAsync(TestGateway gateway)
    {
        using var http = gateway.Client();
        using var answer = await http.PostAsync(new Uri("/v1.51/containers/c1/start", UriKind.Relative), null);
        Assert.Equal(System.Net.HttpStatusCode.NoContent, answer.StatusCode);
    }

    private static List<(int Stream, string Text)> Frames(byte[] data)
    {
        var frames = new List<(int, string)>();
        for (var at = 0; at < data.Length;)
        {
            Assert.Equal([0, 0, 0], data[(at + 1)..(at + 4)]);
            var length = BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(at + 4));
            frames.Add((data[at], Encoding.UTF8.GetString(data, at + 8, length)));
            at += 8 + length;
        }

        return frames;
    }
}
