using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Troupe.Integration.Tests.Harness;

namespace Troupe.Integration.Tests.FirstRun;

/// <summary>Wrong requests get Docker's status, form and words, and leave nothing half made.</summary>
public class BadInputTests(TroupedFixture fixture, RegistryFixture registry) : IClassFixture<TroupedFixture>
{
    private DockerCli Docker => fixture.Node.Docker;

    [Fact]
    public async Task Unknown_repository()
    {
        var pull = (await Docker.RunAsync("pull", $"{registry.Address}/no-such-thing")).Expect(1);
        Assert.Contains("not found", pull.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_tag()
    {
        var pull = (await Docker.RunAsync("pull", $"{registry.Busybox}:no-such-tag")).Expect(1);
        Assert.Contains("not found", pull.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_digest()
    {
        var pull = (await Docker.RunAsync("pull", $"{registry.Busybox}@sha256:{new string('a', 64)}")).Expect(1);
        Assert.Contains("not found", pull.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_of_an_unknown_image_is_125()
    {
        var run = (await Docker.RunAsync("run", "--rm", $"{registry.Address}/no-such-thing", "true")).Expect(125);
        Assert.Contains("not found", run.Error, StringComparison.Ordinal);
        Assert.Empty((await Docker.RunAsync("ps", "-aq", "--filter", "ancestor=no-such-thing")).ExpectSuccess().Line);
    }

    [Fact]
    public async Task Unknown_user_is_126_or_125_with_its_name()
    {
        var run = await Docker.RunAsync("run", "--rm", "-u", "no-such-user", registry.Busybox, "true");
        Assert.Contains(run.ExitCode, new[] { 125, 126 });
        Assert.Contains("unable to find user no-such-user: no matching entries in passwd file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_in_use_is_a_conflict()
    {
        var first = (await Docker.RunAsync("create", "--name", "mine", registry.Busybox)).ExpectSuccess().Line;
        var second = (await Docker.RunAsync("run", "--name", "mine", registry.Busybox)).Expect(125);
        Assert.Contains(
            $"Conflict. The container name \"/mine\" is already in use by container \"{first}\"", second.Error, StringComparison.Ordinal);
        (await Docker.RunAsync("rm", "mine")).ExpectSuccess();
    }

    [Fact]
    public async Task An_invalid_name_is_refused()
    {
        var run = (await Docker.RunAsync("run", "--name", "not/a/name", registry.Busybox)).Expect(125);
        Assert.Contains("Invalid container name (not/a/name)", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("kill")]
    [InlineData("rm")]
    [InlineData("logs")]
    [InlineData("wait")]
    public async Task An_unknown_container_is_named(string command)
    {
        var answer = (await Docker.RunAsync(command, "nobody")).Expect(1);
        Assert.Contains("No such container: nobody", answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/v1.41/containers/create", "{\"Image\":", 400)]
    [InlineData("POST", "/v1.41/containers/create", "[]", 400)]
    [InlineData("POST", "/v1.41/containers/create", "{\"Image\":7}", 400)]
    [InlineData("POST", "/v1.41/containers/create", "{}", 400)]
    [InlineData("GET", "/v1.41/containers/json?filters=nonsense", "", 400)]
    [InlineData("GET", "/v1.41/no/such/route", "", 404)]
    [InlineData("GET", "/v1.99/containers/json", "", 400)]
    [InlineData("GET", "/containers/nobody/json", "", 404)]
    [InlineData("POST", "/v1.41/containers/nobody/start", "", 404)]
    [InlineData("DELETE", "/v1.41/containers/nobody", "", 404)]
    [InlineData("DELETE", "/v1.41/images/nobody", "", 404)]
    public async Task A_wrong_request_gets_docker_s_error(string method, string path, string body, int status)
    {
        using var http = Http();
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://trouped" + path);
        if (body.Length > 0) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} {text}");
        using var error = JsonDocument.Parse(text);
        Assert.NotEmpty(error.RootElement.GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task Unknown_fields_are_ignored()
    {
        (await Docker.RunAsync("pull", registry.Busybox)).ExpectSuccess();
        using var http = Http();
        using var body = new StringContent($"{{\"Image\":\"{registry.Busybox}\",\"Unheard\":{{\"Of\":[1]}}}}", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("http://trouped/v1.41/containers/create?name=extra", body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        (await Docker.RunAsync("rm", "extra")).ExpectSuccess();
    }

    private HttpClient Http() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(fixture.Node.SocketPath), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
