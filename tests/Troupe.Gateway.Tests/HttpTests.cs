using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Troupe.Gateway.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;

#pragma warning disable CA1416 // The engine runs on Linux only.

namespace Troupe.Gateway.Tests;

/// <summary>The edge itself: headers, versions, refusals, bodies, guards, sockets.</summary>
public sealed class HttpTests
{
    [Theory]
    [InlineData("HEAD", "/_ping", 200, "")]
    [InlineData("GET", "/_ping", 200, "OK")]
    [InlineData("GET", "/v1.24/_ping", 200, "OK")]
    [InlineData("GET", "/v1.51/_ping", 200, "OK")]
    public async Task Ping_when_asked_then_headers_for_negotiation(string method, string path, int status, string body)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Client();
        using var answer = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
        Assert.Equal("1.51", Header(answer, "Api-Version"));
        Assert.Equal("linux", Header(answer, "Ostype"));
        Assert.Equal("false", Header(answer, "Docker-Experimental"));
        Assert.Equal("1", Header(answer, "Builder-Version"));
        Assert.Equal("inactive", Header(answer, "Swarm"));
        Assert.Equal("Troupe/0.1.0 (linux)", Header(answer, "Server"));
        Assert.Equal("no-cache", Header(answer, "Pragma"));
    }

    [Theory]
    [InlineData("GET", "/v1.52/version", 400, "client version 1.52 is too new. Maximum supported API version is 1.51")]
    [InlineData("GET", "/v2.0/version", 400, "client version 2.0 is too new. Maximum supported API version is 1.51")]
    [InlineData("GET", "/v1.23/version", 400, "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version")]
    [InlineData("GET", "/nothing", 404, "page not found")]
    [InlineData("GET", "/", 404, "page not found")]
    [InlineData("GET", "/v1.51/containers/a/b/json", 404, "page not found")]
    [InlineData("PUT", "/v1.51/containers/json", 404, "page not found")]
    [InlineData("GET", "/vfoo/version", 404, "page not found")]
    [InlineData("GET", "/v1.51/containers/nope/json", 404, "No such container: nope")]
    [InlineData("GET", "/v1.51/images/nope/json", 404, "No such image: nope:latest")]
    [InlineData("GET", "/v1.51/images/a/b%2Fc:1/json", 404, "No such image: a/b/c:1")]
    [InlineData("GET", "/v1.51/networks/nope", 404, "network nope not found")]
    [InlineData("POST", "/v1.51/containers/nope/start", 404, "No such container: nope")]
    [InlineData("POST", "/v1.51/containers/nope/kill", 404, "cannot kill container: nope: No such container: nope")]
    [InlineData("POST", "/v1.51/containers/nope/kill?signal=SIGFOO", 400, "invalid signal: SIGFOO")]
    [InlineData("POST", "/v1.51/containers/nope/wait?condition=odd", 400, "invalid condition: \"odd\"")]
    [InlineData("GET", "/v1.51/containers/json?filters={\"odd\":{\"a\":true}}", 400, "invalid filter 'odd'")]
    [InlineData("GET", "/v1.51/containers/json?filters={\"status\":{\"odd\":true}}", 400, "invalid filter 'status=odd'")]
    [InlineData("GET", "/v1.51/containers/json?limit=x", 400, "strconv.Atoi: parsing \"x\": invalid syntax")]
    [InlineData("GET", "/v1.51/events?since=20&until=10", 400, "`since` time (20) cannot be after `until` time (10)")]
    [InlineData("POST", "/v1.51/images/create?fromSrc=-", 501, "importing an image from an archive is not built yet")]
    public async Task Refusal_when_the_request_is_wrong_then_docker_s_status_and_words(string method, string path, int status, string message)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Client();
        using var answer = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal((status, message), ((int)answer.StatusCode, await MessageAsync(answer)));
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("1.51", Header(answer, "Api-Version"));
    }

    [Theory]
    [InlineData("", "application/json", "invalid JSON: got EOF while reading request body")]
    [InlineData("{", "application/json", "invalid JSON: malformed at line 0, byte 1")]
    [InlineData("{\"Image\":\"busybox\"} x", "application/json", "unexpected content after JSON")]
    [InlineData("{\"Image\":5}", "application/json", "invalid JSON: wrong value at $.Image (line 0, byte 10)")]
    [InlineData("null", "application/json", "invalid JSON: got null while reading request body")]
    [InlineData("{}", "application/json", "config cannot be empty in order to create a container")]
    [InlineData("{\"Image\":\"busybox\"}", "text/plain", "unsupported Content-Type header (text/plain): must be 'application/json'")]
    [InlineData("{\"Image\":\"busybox\"}", "", "malformed Content-Type header (): mime: no media type")]
    public async Task Create_when_the_body_is_wrong_then_400_in_docker_s_words(string body, string type, string message)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var answer = await CreateAsync(gateway, body, type);
        Assert.Equal((400, message), ((int)answer.StatusCode, await MessageAsync(answer)));
        Assert.DoesNotContain(gateway.Node.Asked, m => m is CreateContainer);
    }

    [Fact]
    public async Task Create_when_members_are_unknown_or_oddly_cased_then_they_are_ignored_or_found_as_in_go()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var answer = await CreateAsync(
            gateway, """{"image":"busybox","CMD":"ls","Volumes":null,"Zzz":{"a":[1,2]},"HostConfig":{"memory":null,"NoSuch":1}}""", "application/json; charset=utf-8");
        Assert.Equal(201, (int)answer.StatusCode);
        var create = Assert.Single(gateway.Node.Asked.OfType<CreateContainer>());
        Assert.Equal(["ls"], create.Spec.Cmd!);
        Assert.Equal("busybox", create.Spec.Image);
    }

    [Fact]
    public async Task Create_when_the_body_is_too_large_then_413_and_nothing_is_asked()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var answer = await CreateAsync(gateway, $"{{\"Image\":\"{new string('x', Limits.BodySizeBytesMax)}\"}}", "application/json");
        Assert.Equal((413, "request body too large: at most 524288 bytes are taken"), ((int)answer.StatusCode, await MessageAsync(answer)));
        Assert.Empty(gateway.Node.Asked);
    }

    [Fact]
    public async Task Create_when_the_name_is_taken_then_409_and_docker_s_words()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var first = await CreateAsync(gateway, """{"Image":"busybox"}""", "application/json", "c1");
        using var second = await CreateAsync(gateway, """{"Image":"busybox"}""", "application/json", "/c1");
        Assert.Equal(409, (int)second.StatusCode);
        Assert.StartsWith("Conflict. The container name \"/c1\" is already in use", await MessageAsync(second), StringComparison.Ordinal);
        using var odd = await CreateAsync(gateway, """{"Image":"busybox"}""", "application/json", "-c");
        Assert.Equal((400, "Invalid container name (-c), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"), ((int)odd.StatusCode, await MessageAsync(odd)));
    }

    [Fact]
    public async Task Cause_when_asked_over_the_unix_socket_then_the_peer_s_uid_and_a_new_id_each_time()
    {
        await using var gateway = await TestGateway.StartAsync();
        for (var i = 0; i < 2; i++) (await CreateAsync(gateway, """{"Image":"busybox"}""", "application/json")).Dispose();
        var causes = gateway.Node.Asked.OfType<CreateContainer>().Select(c => c.Cause).ToArray();
        Assert.Equal(2, causes.Select(c => c.MessageId).Distinct().Count());
        Assert.All(causes, c => Assert.Equal(32, c.MessageId.Length));
        Assert.All(causes, c => Assert.Equal($"uid:{OwnUid()}", c.Principal));
        Assert.All(causes, c => Assert.Equal("POST /containers/create", c.Action));
    }

    [Theory]
    [InlineData(ErrorCode.NotModified, 304)]
    [InlineData(ErrorCode.Unavailable, 503)]
    [InlineData(ErrorCode.ResourceExhausted, 503)]
    [InlineData(ErrorCode.PermissionDenied, 403)]
    public async Task Start_when_the_engine_refuses_then_its_status_and_words(ErrorCode code, int status)
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Node.Add(FakeImages.View(ContainerId.New(), "c1", TestSpecs.Spec("sh"), FakeImages.Busybox.Id, ContainerStatus.Created));
        gateway.Node.Override = m => m is StartContainer ? new CommandFailed(code, "because") : null;
        using var http = gateway.Client();
        using var answer = await http.PostAsync(new Uri("/containers/c1/start", UriKind.Relative), null);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 304 ? "" : "{\"message\":\"because\"}\n", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Defect_when_a_handler_throws_then_500_without_its_insides()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Node.Override = _ => throw new InvalidDataException("secret detail");
        using var http = gateway.Client();
        using var answer = await http.GetAsync(new Uri("/images/json", UriKind.Relative));
        Assert.Equal((500, "internal error: see the node's log"), ((int)answer.StatusCode, await MessageAsync(answer)));
    }

    [Theory]
    [InlineData("Host", "evil.example", 403)]
    [InlineData("Host", "127.0.0.1.evil.example", 403)]
    [InlineData("Host", "localhost:2375", 200)]
    [InlineData("Host", "127.0.0.1:2375", 200)]
    [InlineData("Host", "[::1]:2375", 200)]
    [InlineData("Origin", "http://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Origin", "http://localhost:3000", 200)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    public async Task Tcp_when_a_page_asks_then_it_is_refused(string header, string value, int status)
    {
        await using var gateway = await TestGateway.StartAsync(withTcp: true);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Host.TcpAddresses[0], "/_ping"));
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Tcp_when_not_on_loopback_then_it_is_not_opened()
    {
        GatewayEndpoint[] endpoints = [new(null, new IPEndPoint(IPAddress.Any, 0))];
        await Assert.ThrowsAsync<ArgumentException>(() => GatewayHost.StartAsync(
            new FakeNode().Parts(), endpoints, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, CancellationToken.None));
    }

    [Fact]
    public async Task Socket_when_listening_then_0660_and_gone_afterwards()
    {
        var gateway = await TestGateway.StartAsync();
        var path = gateway.Socket;
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(path));
        await gateway.Host.DisposeAsync();
        Assert.False(File.Exists(path));
        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task Socket_when_somebody_listens_there_then_it_is_not_taken_and_when_stale_it_is_replaced()
    {
        var directory = Directory.CreateTempSubdirectory("trpgw").FullName;
        var path = Path.Combine(directory, "s.sock");
        using (var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            other.Bind(new UnixDomainSocketEndPoint(path));
            other.Listen();
            var error = await Assert.ThrowsAnyAsync<IOException>(() => ListenAsync(path));
            Assert.Contains("another daemon listens there", error.Message, StringComparison.Ordinal);
            Assert.True(File.Exists(path));
        }

        // Closed without unlink: what kill -9 leaves behind. .NET unlinks on dispose, so it is made by a rename.
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            var first = Path.Combine(directory, "first.sock");
            dead.Bind(new UnixDomainSocketEndPoint(first));
            File.Move(first, path, overwrite: true);
        }

        Assert.True(File.Exists(path));
        await (await ListenAsync(path)).DisposeAsync();
        await File.WriteAllTextAsync(path, "not a socket");
        await Assert.ThrowsAnyAsync<IOException>(() => ListenAsync(path));
        Assert.Equal("not a socket", await File.ReadAllTextAsync(path));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Filters_when_they_have_half_a_surrogate_pair_then_400()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Client();
        using var answer = await http.GetAsync(new Uri("/containers/json?filters=" + Uri.EscapeDataString("""{"name":{"\ud800":true}}"""), UriKind.Relative));
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.StartsWith("invalid filter: ", await MessageAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_when_an_old_client_s_body_has_half_a_surrogate_pair_then_400()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Client();
        using var content = new StringContent("""{"Image":"busybox","Labels":{"\ud800":"x"}}""", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/v1.24/containers/create", UriKind.Relative), content);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.StartsWith("invalid JSON: ", await MessageAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_when_the_body_nests_too_deep_then_400()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var answer = await CreateAsync(gateway, string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + new string('}', 5000), "application/json");
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.StartsWith("invalid JSON: ", await MessageAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_when_the_body_comes_in_chunks_and_is_too_large_then_413()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        var piece = new string('x', 0x8000);
        for (var i = 0; i <= Limits.BodySizeBytesMax / piece.Length; i++) await client.SendAsync($"8000\r\n{piece}\r\n");
        await client.SendAsync("0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Empty(gateway.Node.Asked);
    }

    [Theory]
    [InlineData("NONSENSE\r\n\r\n")]
    [InlineData("GET /_ping HTTP/9.9\r\nHost: d\r\n\r\n")]
    [InlineData("GET /_ping HTTP/1.1\r\nHost: d\r\nno colon\r\n\r\n")]
    [InlineData("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: -5\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n")]
    public async Task Anything_when_it_is_not_http_then_refused_and_the_gateway_goes_on(string bytes)
    {
        await using var gateway = await TestGateway.StartAsync();
        using (var client = await RawConnection.OpenAsync(gateway.Socket))
        {
            await client.SendAsync(bytes);
            Assert.Matches("^(HTTP/1.1 (400|505) .*)?$", Encoding.ASCII.GetString(await client.ReadToEndAsync()).Split("\r\n")[0]);
        }

        using var http = gateway.Client();
        Assert.Equal("OK", await http.GetStringAsync(new Uri("/_ping", UriKind.Relative)));
    }

    [Fact]
    public async Task Head_when_too_large_then_431()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await RawConnection.OpenAsync(gateway.Socket);
        await client.SendAsync($"GET /_ping HTTP/1.1\r\nHost: d\r\nX-Big: {new string('x', Limits.HeadSizeBytesMax)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_when_the_client_goes_in_the_middle_of_the_body_then_nothing_is_created()
    {
        await using var gateway = await TestGateway.StartAsync();
        using (var client = await RawConnection.OpenAsync(gateway.Socket))
        {
            await client.SendAsync("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"Image\":\"busybox\"");
        }

        using var http = gateway.Client();
        Assert.Equal("[]\n", await http.GetStringAsync(new Uri("/containers/json?all=1", UriKind.Relative)));
        Assert.DoesNotContain(gateway.Node.Asked, m => m is CreateContainer);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("start")]
    public async Task Command_when_the_engine_does_not_answer_in_time_then_503_in_its_words(string command)
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Node.Add(FakeImages.View(ContainerId.New(), "c1", TestSpecs.Spec("sh"), FakeImages.Busybox.Id, ContainerStatus.Created));
        gateway.Node.Override = m => m is ContainerCommand ? new CommandFailed(ErrorCode.Unavailable, "the engine did not answer in time") : null;
        using var http = gateway.Client();
        using var answer = command == "create"
            ? await CreateAsync(gateway, """{"Image":"busybox"}""", "application/json")
            : await http.PostAsync(new Uri("/containers/c1/start", UriKind.Relative), null);
        Assert.Equal((503, "the engine did not answer in time"), ((int)answer.StatusCode, await MessageAsync(answer)));
    }

    private static Task<GatewayHost> ListenAsync(string path) => GatewayHost.StartAsync(
        new FakeNode().Parts(), [new GatewayEndpoint(path, null)], Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
        CancellationToken.None);

    private static async Task<HttpResponseMessage> CreateAsync(TestGateway gateway, string body, string type, string name = "")
    {
        using var http = gateway.Client();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (type.Length > 0) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return await http.PostAsync(new Uri($"/v1.51/containers/create?name={name}", UriKind.Relative), content);
    }

    private static string OwnUid() =>
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];

    private static string Header(HttpResponseMessage answer, string name) => string.Join(' ', answer.Headers.GetValues(name));

    private static async Task<string> MessageAsync(HttpResponseMessage answer)
    {
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.GetProperty("message").GetString()!;
    }
}
