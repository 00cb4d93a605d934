using System.Text;
using System.Text.Json;
using Troupe.Gateway.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Gateway.Tests;

/// <summary>Answers that go on for long: wait, events, logs, pulls.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task Wait_when_registered_then_the_head_comes_at_once_and_the_body_with_the_exit()
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = Add(gateway, "sleep");
        using var http = gateway.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1.51/containers/c1/wait?condition=next-exit");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        Assert.True(answer.Headers.TransferEncodingChunked);
        container.End(3);
        Assert.Equal("{\"StatusCode\":3}\n", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/v1.51/containers/c1/wait", "POST")]
    [InlineData("/v1.51/events", "GET")]
    [InlineData("/v1.51/containers/c1/logs?follow=1&stdout=1", "GET")]
    public async Task Long_answer_when_the_client_vanishes_then_nobody_works_for_it_any_more(string path, string method)
    {
        await using var gateway = await TestGateway.StartAsync();
        Add(gateway, "sleep");
        using (var client = await RawConnection.OpenAsync(gateway.Socket))
        {
            await client.SendAsync($"{method} {path} HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 OK", await client.ReadHeadAsync(), StringComparison.Ordinal);
            await Eventually.TrueAsync(() => Readers(gateway) == 1, "the answer goes on");
        }

        await Eventually.TrueAsync(() => Readers(gateway) == 0, "the vanished client is noticed");
    }

    [Fact]
    public async Task Events_when_they_happen_then_one_line_each_in_docker_s_form()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Client();
        using var stream = await http.GetStreamAsync(new Uri("/v1.51/events?filters={\"type\":{\"container\":true},\"event\":[\"start\"]}", UriKind.Relative));
        using var lines = new StreamReader(stream);
        await Eventually.TrueAsync(() => gateway.Node.EventReaders == 1, "listening");
        gateway.Node.Emit("image", "pull", "busybox:latest");
        gateway.Node.Emit("container", "create", "c", ("image", "busybox"));
        gateway.Node.Emit("container", "start", "abc", ("name", "x"), ("image", "busybox"));
        using var line = JsonDocument.Parse((await lines.ReadLineAsync().WaitAsync(RawConnection.Deadline))!);
        var names = line.RootElement.EnumerateObject().Select(p => p.Name);
        Assert.Equal(["status", "id", "from", "Type", "Action", "Actor", "scope", "time", "timeNano"], names);
        Assert.Equal("busybox", line.RootElement.GetProperty("from").GetString());
        Assert.Equal("{\"ID\":\"abc\",\"Attributes\":{\"image\":\"busybox\",\"name\":\"x\"}}", line.RootElement.GetProperty("Actor").GetRawText());
    }

    [Fact]
    public async Task Logs_when_not_from_a_terminal_then_frames_with_the_timestamp_inside()
    {
        await using var gateway = await TestGateway.StartAsync();
        var container = Add(gateway, "sleep");
        container.Write(StdStream.Stdout, "one\n"u8.ToArray());
        container.Write(StdStream.Stderr, "two\n"u8.ToArray());
        using var http = gateway.Client();
        using var answer = await http.GetAsync(new Uri("/v1.51/containers/c1/logs?stdout=1&stderr=1&timestamps=1&tail=1", UriKind.Relative));
        Assert.Equal("application/vnd.docker.multiplexed-stream", answer.Content.Headers.ContentType?.ToString());
        var text = "1970-01-01T00:00:01.500000000Z two\n";
        Assert.Equal([2, 0, 0, 0, 0, 0, 0, (byte)text.Length, .. Encoding.ASCII.GetBytes(text)], await answer.Content.ReadAsByteArrayAsync());
        using var none = await http.GetAsync(new Uri("/v1.51/containers/c1/logs", UriKind.Relative));
        Assert.Contains("Bad parameters: you must choose at least one stream", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_when_it_fails_before_the_first_line_then_http_and_later_a_line()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Client();
        using var missing = await http.PostAsync(new Uri("/v1.51/images/create?fromImage=docker.io/library/nope&tag=1", UriKind.Relative), null);
        Assert.Equal(404, (int)missing.StatusCode);
        Assert.Equal("docker.io/library/nope:1", Assert.Single(gateway.Node.Asked.OfType<PullImage>()).Reference);

        gateway.Node.Pull = _ => Items(
            new PullProgress("latest", "Pulling from library/x", 0, 0), new PullProgress("abc", "Pulling fs layer", 0, 0),
            new PullProgress("abc", "Downloading", 500, 1000), new CommandFailed(ErrorCode.Internal, "broke"));
        using var broken = await http.PostAsync(new Uri("/v1.51/images/create?fromImage=x&tag=latest", UriKind.Relative), null);
        Assert.Equal(200, (int)broken.StatusCode);
        Assert.Equal(
            """
            {"status":"Pulling from library/x","id":"latest"}
            {"status":"Pulling fs layer","progressDetail":{},"id":"abc"}
            {"status":"Downloading","progressDetail":{"current":500,"total":1000},"progress":"[=========================>                         ]     500B/1kB","id":"abc"}
            {"errorDetail":{"message":"broke"},"error":"broke"}

            """,
            await broken.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Pull_when_credentials_come_then_they_go_to_the_engine_and_when_odd_they_are_not_repeated()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Client();
        await PullAsync(http, Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"username":"u","password":"p"}""")));
        await PullAsync(http, "e30=");
        var pulls = gateway.Node.Asked.OfType<PullImage>().ToArray();
        Assert.Equal(("u", "p"), (pulls[0].Auth!.Username, pulls[0].Auth!.Password));
        Assert.Null(pulls[1].Auth);
        var refusal = await PullAsync(http, "!!!secret");
        Assert.Equal("{\"message\":\"invalid X-Registry-Auth header: not base64url\"}\n", refusal);
    }

    private static async Task<string> PullAsync(HttpClient http, string auth)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1.51/images/create?fromImage=x");
        request.Headers.TryAddWithoutValidation("X-Registry-Auth", auth);
        using var answer = await http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private static int Readers(TestGateway gateway) => gateway.Node.Waiters + gateway.Node.EventReaders + gateway.Node.LogReaders;

    private static FakeContainer Add(TestGateway gateway, params string[] command) => gateway.Node.Add(
        FakeImages.View(ContainerId.New(), "c1", TestSpecs.Spec(command), FakeImages.Busybox.Id, ContainerStatus.Running));

    private static async IAsyncEnumerable<object> Items(params object[] items)
    {
        foreach (var item in items)
        {
            await Task.Yield();
            yield return item;
        }
    }
}
